"""T2, T5, O, C1, C5, A: states and figures, each as an example in `examples/` tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final, get_args

import pytest

from sla.availability import AGREED, Tally, figures, tally, total
from sla.bulk import collect, tallies
from sla.flapping import episodes
from sla.intact import Served, by_count, by_time
from sla.opening import ticket_due
from sla.owners import owned
from sla.profile import ProfileName
from sla.spans import CLASSES, spans
from tests.sla.example_notation import Stretch, length, listed, mean, ratio
from tests.sla.example_states import Check, Example, asking, facts, hidden, prove


def _same(example: Example, got: list[Stretch], expected: object) -> None:
    assert example.wall.texts(got) == example.wall.texts(map(example.wall.stretch, listed(expected)))


def outages(example: Example, expected: object) -> None:
    """`10:01-10:05`, or `since 10:01`."""
    _same(example, [Stretch(*one[:2]) for one in facts(example).outages], expected)


def confirmed(example: Example, expected: object) -> None:
    """The instants at which the outages were confirmed."""
    assert [one.confirmed_at for one in facts(example).outages] == [*map(example.wall.instant, listed(expected))]


def cut(example: Example, expected: object) -> None:
    """The spans of the period: class, cause, owner."""
    found = spans(facts(example), *example.period, example.now)
    words = [(one.class_, *filter(None, (one.cause, one.owner))) for one in found]
    got = [Stretch(one.start, one.until, said) for one, said in zip(found, words, strict=True)]
    _same(example, got, expected)


def tallied(example: Example, profile: str) -> Tally:
    """One device, or all of several (A4)."""
    assert profile in get_args(ProfileName)
    name: ProfileName = profile  # type: ignore[assignment]
    devices = example.devices.values() if "devices" in example.given else [example]
    return total(name, (tally(facts(one), *one.period, one.now, name) for one in devices))


def seconds(example: Example, expected: dict[str, str]) -> None:
    """All classes that have any time; with the rest they fill the period."""
    found = tallied(example, "contract")
    assert {class_: ms for class_, ms in zip(CLASSES, found.ms, strict=True) if ms} == {
        class_: length(text) for class_, text in expected.items()
    }
    start, until = example.period
    assert sum(found.ms) == (until - start) * len(example.given.get("devices", [example]))


def _by_profile(example: Example, expected: Any) -> list[tuple[str, str]]:
    if isinstance(expected, dict):
        return list(expected.items())
    return [(example.text("profile", "contract"), expected)]


def _figure(name: str) -> Check:
    def check(example: Example, expected: Any) -> None:
        for profile, text in _by_profile(example, expected):
            _FIGURES[name](tallied(example, profile), text, Fraction(example.text("min_coverage", "0.5")))

    return check


def _availability(found: Tally, text: str, min_coverage: Fraction) -> None:
    shown = figures(found, min_coverage).availability
    if text == "none":
        assert shown is None
    else:
        assert (found.good, found.good + found.bad) == ratio(text)
        assert shown == float(Fraction(*ratio(text)))


def _raw(found: Tally, text: str, min_coverage: Fraction) -> None:
    shown = figures(found, min_coverage).raw
    if text == "none":
        assert shown is None
    else:
        assert (found.raw_good, found.raw_good + found.raw_bad) == ratio(text)
        assert shown == float(Fraction(*ratio(text)))


def _coverage(found: Tally, text: str, min_coverage: Fraction) -> None:
    shown, ms = figures(found, min_coverage).coverage, dict(zip(CLASSES, found.ms, strict=True))
    if text == "none":
        assert shown is None
    else:
        agreed = sum(ms[class_] for class_ in AGREED)
        assert (agreed - ms["unmonitored"], agreed) == ratio(text)
        assert shown == float(Fraction(*ratio(text)))


def _counted(found: Tally, text: str, min_coverage: Fraction) -> None:
    assert found.outages == figures(found, min_coverage).outages == int(text)


def _mttr(found: Tally, text: str, min_coverage: Fraction) -> None:
    assert figures(found, min_coverage).mttr_ms == mean(text)


def _mtbf(found: Tally, text: str, min_coverage: Fraction) -> None:
    assert figures(found, min_coverage).mtbf_ms == mean(text)


_FIGURES: Final[dict[str, Callable[[Tally, str, Fraction], None]]] = {
    "availability": _availability,
    "raw": _raw,
    "coverage": _coverage,
    "counted": _counted,
    "mttr": _mttr,
    "mtbf": _mtbf,
}


def flapping(example: Example, expected: object) -> None:
    """O8's episodes."""
    _same(example, [Stretch(*one[:2]) for one in episodes(facts(example).outages, example.now)], expected)


def flapping_known(example: Example, expected: object) -> None:
    """The edges that were one too many."""
    found = episodes(facts(example).outages, example.now)
    assert [one.known_at for one in found] == [*map(example.wall.instant, listed(expected))]


def ticket(example: Example, expected: str) -> None:
    """When the last outage opens a ticket, or `never` (K1, O10)."""
    known, now = facts(example), example.now
    why = owned(known.outages[-1], known.seen, known.policy, now)
    after = length(example.text("ticket_after"))
    due = ticket_due(why, hidden(example), known.clock, known.grace_ms, after, known.policy, now)
    assert example.wall.shown(due) == example.wall.said(expected)


def intact_time(example: Example, expected: str) -> None:
    """The availability of all devices together under `service` (A7)."""
    found = by_time(
        Served(one.good, one.bad, one.ms[CLASSES.index("unmonitored")])
        for one in (tally(facts(device), *device.period, device.now, "service") for device in example.devices.values())
    )
    assert found == (None if expected == "none" else Fraction(*ratio(expected)))


def intact_count(example: Example, expected: str) -> None:
    """`3 of 4` at the instant of the inspection (A7)."""
    at = example.wall.instant(example.text("count_at"))
    classes = [spans(facts(one), at, at + 1, one.now, raw=True)[0].class_ for one in example.devices.values()]
    intact, _, of = expected.partition(" of ")
    assert by_count(classes) == (None if expected == "none" else Fraction(int(intact), int(of)))


CHECKS: Final[dict[str, Check]] = {
    "outages": outages,
    "confirmed": confirmed,
    "spans": cut,
    "seconds": seconds,
    **{name: _figure(name) for name in _FIGURES},
    "flapping": flapping,
    "flapping_known": flapping_known,
    "ticket": ticket,
    "intact_time": intact_time,
    "intact_count": intact_count,
}


@pytest.mark.parametrize("example", asking(CHECKS), ids=lambda one: one.id)
def test_the_example_comes_out_as_it_says(example: Example) -> None:
    prove(example, CHECKS)


_ONE_DEVICE: Final = {"spans": cut, "outages": outages}


@pytest.mark.parametrize("profile", get_args(ProfileName))
def test_A1_to_A6_of_very_many_devices_at_once_are_those_of_each_alone(profile: ProfileName) -> None:
    together: dict[tuple[int, int, int], list[Example]] = defaultdict(list)
    for example in asking(_ONE_DEVICE):
        together[*example.period, example.now].append(example)
    for (start, until, now), examples in together.items():
        found = tallies(collect(map(facts, examples), now), start, until, now, profile)
        assert [found[n] for n in range(len(found))] == [tallied(example, profile) for example in examples], examples
