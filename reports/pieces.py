"""The facts of many devices piece by piece, so that memory stays small and no writer waits for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Final

from sla.columns import Columns, collect
from store.city import Device
from store.database import Parts
from store.device_facts import Selected
from store.many_facts import Shared, short_way

MANY: Final = 1000
FEW: Final = 40
"""Devices in one piece, by their runs and by their rows: half a second at most, for which a writer may have to wait
(`store.database.moment`)."""


def pieces(
    parts: Parts,
    selected: Selected,
    devices: Sequence[Device],
    progress: Callable[[int, int], None],
    many: int = MANY,
) -> Iterator[tuple[Sequence[Device], Columns]]:
    """Each device once, in any order, some at a time with their facts; `selected` is `Selected.planned`.

    Of one piece all is read in one transaction. Those of whom runs do not tell enough come last, from their rows.
    `progress` hears how many devices of how many are done.
    """
    shared, rest = Shared(selected.policies), list[Device]()
    devices = sorted(devices, key=attrgetter("n"))  # neighbours in the database together
    for done in range(0, len(devices), many):
        progress(done - len(rest), len(devices))
        with parts() as conn:
            found = short_way(conn, selected, devices[done : done + many], shared)
        rest += found.rest
        yield found.devices, found.columns
    for done in range(0, len(rest), FEW):
        progress(len(devices) - len(rest) + done, len(devices))
        yield rest[done : done + FEW], _by_rows(parts, selected, rest[done : done + FEW])
    progress(len(devices), len(devices))


def _by_rows(parts: Parts, selected: Selected, some: Sequence[Device]) -> Columns:
    with parts() as conn:
        known = selected.seen_now(conn, some)
        return collect([known.facts(conn, device) for device in some], selected.period.now)
