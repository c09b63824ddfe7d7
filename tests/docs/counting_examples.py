"""The day of docs/counting-elsewhere.md, and what each way of counting makes of it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from sla.availability import figures, tally
from sla.interval import Interval, clip, merge
from sla.profile import ProfileName, verdict
from sla.spans import spans
from tests.docs import counting_elsewhere
from tests.docs.counting_elsewhere import Counted, Given
from tests.docs.notation import percent, table
from tests.docs.one_day import BLIND, DAY, EVENTS, HOURS, MAINTENANCE, MOMENTS, facts, minutes, polls

Way = Callable[[str, Interval], Counted]


def ours(profile: ProfileName) -> Way:
    """hallwatch's own count under a profile."""

    def counted(name: str, period: Interval) -> Counted:
        one = facts(name)
        parts = spans(one, *period, now=DAY.until, raw=profile == "raw")
        said = [(verdict(part, profile, one.policy), Interval(part.start, part.until)) for part in parts]
        shown = figures(tally(one, *period, DAY.until, profile)).availability
        assert shown is not None
        return Counted(
            Fraction(shown),
            merge(part for word, part in said if word == "bad"),
            merge(part for word, part in said if word is None),
        )

    return counted


def theirs(count: Callable[[Given, Interval], Counted]) -> Way:
    """Another's count of the same observations."""

    def counted(name: str, period: Interval) -> Counted:
        parent = polls("switch") if name == "printer" else []
        planned = MAINTENANCE if name == "printer" else ()
        return count(Given(polls(name), parent, planned, BLIND, DAY.until), period)

    return counted


WAYS: Final[dict[str, Way]] = {
    "hallwatch, contract": ours("contract"),
    "hallwatch, service": ours("service"),
    "hallwatch, raw": ours("raw"),
    "Zabbix": theirs(counting_elsewhere.zabbix),
    "Checkmk": theirs(counting_elsewhere.checkmk),
    "Icinga": theirs(counting_elsewhere.icinga),
    "PRTG": theirs(counting_elsewhere.prtg),
}


def day() -> list[object]:
    lines: list[object] = [f"{'each minute':<14}{'switch':<8}{'printer':<9}"]
    for one in MOMENTS:
        seen = [getattr(one, name) or "no poll" for name in ("switch", "printer")]
        conditions = f" ({', '.join(one.conditions)})" if one.conditions else ""
        lines.append(f"{one.start}-{one.until}   {seen[0]:<8}{seen[1]:<9}{one.note}{conditions}")
    return [*lines, "u up, d down, g degraded; the hall is open 08:30-18:00"]


def by_event() -> str:
    counted = {name: way("printer", DAY) for name, way in WAYS.items()}
    rows = [[event, *(_cell(one, window) for one in counted.values())] for event, window in EVENTS.items()]
    return table(["of the printer", *WAYS], rows)


def _cell(counted: Counted, window: Interval) -> str:
    bad, out = (minutes(clip(parts, *window)) for parts in (counted.bad, counted.out))
    return f"{bad} ({out} apart)" if out else f"{bad}"


def totals() -> str:
    head = ["", "printer, 08:30-18:00", "printer, 24 h", "switch, 08:30-18:00"]
    cells = [("printer", HOURS), ("printer", DAY), ("switch", HOURS)]
    return table(head, [[name, *(_figure(way(*cell)) for cell in cells)] for name, way in WAYS.items()])


def _figure(counted: Counted) -> str:
    return f"{percent(counted.share)}, {minutes(counted.bad)} min bad"


def sums() -> list[object]:
    """The sums behind the printer's figures in the hall's hours."""
    whole = minutes([HOURS])
    found = {name: way("printer", HOURS) for name, way in WAYS.items()}
    lines: list[object] = []
    for name in ("hallwatch, contract", "hallwatch, service", "PRTG"):
        bad, out = minutes(found[name].bad), minutes(found[name].out)
        left = whole - out
        lines.append(f"{name:<21}({whole} - {out} apart - {bad} bad) / ({whole} - {out}) = {left - bad} / {left}")
    for name in ("Zabbix", "Icinga"):
        bad = minutes(found[name].bad)
        lines.append(f"{name:<21}({whole} - {bad} bad) / {whole} = {whole - bad} / {whole}")
    bad, out = minutes(found["Checkmk"].bad), minutes(found["Checkmk"].out)
    lines.append(f"{'Checkmk':<21}({whole} - {out} apart - {bad} bad) / {whole} = {whole - out - bad} / {whole}")
    return lines


EXAMPLES = {"day": day, "sums": sums}
TABLES = {"by-event": by_event, "totals": totals}
