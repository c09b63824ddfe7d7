"""What truly happened to the devices of the year: who was down when and why, and what the collectors missed; seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tests.proof.year_city import DAY, HOUR, MINUTE, Place, S, Thing

State = str
_LENGTHS: Final = (
    3 * MINUTE, 12 * MINUTE, 25 * MINUTE, 40 * MINUTE, 70 * MINUTE, 2 * HOUR, 3 * HOUR, 5 * HOUR, 9 * HOUR, 26 * HOUR,
)  # fmt: skip
_DAYS_BETWEEN: Final = {
    "printer": 24,
    "list_printer": 26,
    "copier": 22,
    "kiosk": 28,
    "queue": 34,
    "pc": 110,
    "switch": 140,
}
_WHY: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "printer": ((), (), ("jammed",), ("jammed",), ("noPaper",), ("doorOpen", "jammed"), ("noToner",)),
    "kiosk": ((), (), ("noApplication",)),
}
_PAPER: Final = frozenset({"printer", "list_printer", "copier"})


class Span(NamedTuple):
    """In [start, until) the device was `state` with these conditions; `exact`: polled at its very edges."""

    start: int
    until: int
    state: State
    conditions: tuple[str, ...] = ()
    exact: bool = True


class Gap(NamedTuple):
    """Of [start, until) nothing was heard then; it comes at `comes`, or never (None)."""

    start: int
    until: int
    comes: int | None


@dataclass
class Truth:
    """By device: its spans in order; by collector and by device: gaps. `lost` and `dead` are of collectors."""

    began: int
    until: int
    spans: dict[str, list[Span]] = field(default_factory=dict)
    late: dict[str, list[Gap]] = field(default_factory=dict)
    much_later: dict[str, list[Gap]] = field(default_factory=dict)
    lost: dict[str, list[Gap]] = field(default_factory=dict)
    dead: dict[str, list[Gap]] = field(default_factory=dict)

    def outages(self, device: str) -> list[Span]:
        """When it was down."""
        return [one for one in self.spans.get(device, ()) if one.state == "down"]

    def gaps(self, thing: Thing) -> Iterator[Gap]:
        """All that was not heard of a device when it was seen, if it was."""
        for told in (self.late, self.lost, self.dead):
            yield from told.get(thing.collector, ())
        yield from self.much_later.get(thing.id, ())


def truth(seed: int, where: Place, began: int, until: int) -> Truth:
    """The whole of it, in [began, until) ms."""
    found = Truth(began, until)
    for id, one in sorted(where.things.items()):
        found.spans[id] = _life(random.Random(f"{seed} {id}"), one, began, until)
    chance = random.Random(f"{seed} collectors")
    for name in sorted({one.collector for one in where.things.values()}):
        at = began + chance.randrange(10 * DAY)
        while at < until - 3 * DAY:
            _silence(chance, found, name, at)
            at += chance.randrange(8 * DAY, 40 * DAY)
    _found_later(chance, found, where)
    return found


def _silence(chance: random.Random, found: Truth, name: str, at: int) -> None:
    until = at + chance.choice((20 * MINUTE, HOUR, 5 * HOUR, 9 * HOUR)) + chance.randrange(900) * S
    which = chance.choice(("late", "late", "lost", "dead"))
    comes = until + 40 * S if which == "late" else None
    told: dict[str, list[Gap]] = getattr(found, which)
    told.setdefault(name, []).append(Gap(at, until, comes))


def _found_later(chance: random.Random, found: Truth, where: Place) -> None:
    """Now and then an outage about which an outbox tells weeks after the month was sealed."""
    vendors = [id for id, one in sorted(where.things.items()) if one.vendor and one.since is None]
    for month in range((found.until - found.began) // (30 * DAY)):
        low = found.began + month * 30 * DAY
        id = chance.choice(vendors)
        for one in found.outages(id):
            if low <= one.start < low + 24 * DAY and one.until < low + 26 * DAY:
                gap = Gap(one.start - 10 * MINUTE, one.until + 10 * MINUTE, one.until + 45 * DAY)
                found.much_later.setdefault(id, []).append(gap)
                break


def _life(chance: random.Random, one: Thing, began: int, until: int) -> list[Span]:
    found: list[Span] = []
    between = _DAYS_BETWEEN.get(one.kind, 60)
    at = began + chance.randrange(HOUR, between * DAY)
    while at < until - 2 * DAY:
        at = _daytime(chance, at)
        spans = list(_trouble(chance, one, at))
        found += spans
        at = spans[-1].until + chance.randrange(2 * HOUR, 2 * between * DAY)
    return found


def _daytime(chance: random.Random, at: int) -> int:
    """Most faults show while people work."""
    if chance.random() < 0.25:
        return at // S * S
    midnight = (at + 8 * HOUR) // DAY * DAY - 8 * HOUR
    return midnight + DAY + chance.randrange(8 * HOUR, 19 * HOUR) // S * S


def _trouble(chance: random.Random, one: Thing, at: int) -> Iterator[Span]:
    """An outage; or several one after the other; or something short of one."""
    why = chance.choice(_WHY.get("printer" if one.kind in _PAPER else one.kind, ((),)))
    drawn = chance.random()
    if one.kind == "switch":
        yield Span(at, at + chance.choice(_LENGTHS[:8]) + chance.randrange(120) * S, "down", (), chance.random() < 0.5)
    elif drawn < 0.08 and one.kind in _PAPER:
        yield Span(at, at + chance.randrange(2, 40) * HOUR, "degraded", ("lowToner",))
    elif drawn < 0.12:
        yield Span(at, at + chance.randrange(1, 6) * HOUR, "unknown")
    elif drawn < 0.17:
        yield from _flapping(chance, at, why)
    elif drawn < 0.22:  # a single word that is not confirmed
        yield Span(at, at + 2 * S, "down", why)
    else:
        yield Span(at, at + chance.choice(_LENGTHS) + chance.randrange(600) * S, "down", why, chance.random() < 0.85)


def _flapping(chance: random.Random, at: int, why: tuple[str, ...]) -> Iterator[Span]:
    for _ in range(chance.randint(4, 8)):
        length = chance.randrange(60, 500) * S
        yield Span(at, at + length, "down", why)
        at += length + chance.randrange(30, 400) * S
