"""O7: the same facts in any order, repeated, in batches of any size, give the same outages and states."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recorder.intake import Message
from sla.judge import Confirmation, judge
from sla.seen import Seen, distinct
from store.schema import device_states, devices, outages
from tests.recorder import centre
from tests.recorder.centre import MINUTE, T0, Centre, message

END = T0 + 40 * MINUTE
STATES = ("up", "degraded", "down", "down", "down", "unknown")
CONDITIONS = ((), (), ("noPaper",), ("jammed", "noPaper"))

facts = st.lists(
    st.tuples(
        st.sampled_from(["P-0001", "SW-0001"]), st.integers(0, 20), st.sampled_from(STATES), st.sampled_from(CONDITIONS)
    ),
    min_size=1,
    max_size=16,
)


def messages_of(found: list[Any]) -> list[Message]:
    return [
        message(i + 1, device, minute, state, conditions=conditions if state in ("down", "degraded") else ())
        for i, (device, minute, state, conditions) in enumerate(found)
    ]


def judged(here: Centre) -> tuple[list[Any], list[Any]]:
    columns = [outages.c[name] for name in ("start", "until", "last_ok", "confirmed_at", "cause", "owner")]
    found = select(devices.c.id, *columns).join(devices, devices.c.n == outages.c.device).order_by("id", "start")
    states = [device_states.c[name] for name in ("device", "last_ts", "fold", "state", "cause", "owner")]
    return [tuple(row) for row in here.rows(found)], [
        tuple(row) for row in here.rows(select(*states).order_by("device"))
    ]


def arrive(pattern: str, batches: list[list[Message]]) -> tuple[list[Any], list[Any]]:
    with tempfile.TemporaryDirectory() as directory:
        here = centre.centre(pattern, Path(directory))
        try:
            for batch in batches:
                here.give(*batch, now=END)
            here.tick(END + 1)
            return judged(here)
        finally:
            here.close()


def expected(found: list[Any]) -> list[Any]:
    """What judging all facts of each device at once says."""
    outages = []
    for device in ("P-0001", "SW-0001"):
        seen = distinct(
            Seen(T0 + minute * MINUTE, state, MINUTE, conditions if state in ("down", "degraded") else ())
            for name, minute, state, conditions in found
            if name == device
        )
        outages += [(device, *outage) for outage in judge(seen, Confirmation()).outages]
    return outages


@pytest.mark.slow
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(data=st.data(), found=facts)
def test_O7_the_order_of_arrival_does_not_matter(pattern: str, data: st.DataObject, found: list[Any]) -> None:
    came = messages_of(found)
    in_order = arrive(pattern, [sorted(came, key=lambda message: message.at)])
    again = data.draw(st.lists(st.sampled_from(came), max_size=5))
    mixed = [*data.draw(st.permutations(came)), *again]
    size = data.draw(st.integers(1, 6))
    assert arrive(pattern, [mixed[i : i + size] for i in range(0, len(mixed), size)]) == in_order
    assert [row[:5] for row in in_order[0]] == expected(found)
