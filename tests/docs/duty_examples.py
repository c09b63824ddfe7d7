"""P3-P5 on the page."""

from __future__ import annotations

from fractions import Fraction

from sla.forecast import Forecast, Level, forecast
from sla.instant import DAY, HOUR
from sla.intact import Served
from sla.scorecard import ITEMS, Rule, Scored, scored
from sla.spares import RATIOS, Observed, Stock, duties, required, running_out
from tests.docs.notation import percent


def _days(found: Forecast | None) -> str:
    if found is None:
        return "no forecast"
    if found.days is None:
        return "never, as it goes"
    late = "never" if found.high is None else f"{found.high:.0f}"
    return f"{found.days:.0f} days (90 %: {found.low:.0f} to {late})"


def p3() -> list[object]:
    steady = [Level(day * DAY, 100.0 - 2 * day) for day in range(21)]
    changed = [
        *(Level(day * DAY, 30.0 - day) for day in range(10)),
        *(Level((10 + day) * DAY, 100.0 - day) for day in range(15)),
    ]
    tens = [Level(hour * HOUR, 100.0 - hour // 240 * 10) for hour in range(45 * 24)]
    printed = [Level(day * DAY, 100 - day / 2, 5_000 + 50 * day) for day in range(41)]
    stray = [one._replace(percent=0.0) if i == 7 else one for i, one in enumerate(steady)]
    cases = [
        ("100 %, 2 points a day, 60 % on day 20", steady, 20, "time"),
        ("the same, one poll says 0 %", stray, 20, "time"),
        ("the same, looked at on day 25", steady, 25, "time"),
        ("the same, only 13 days of it", steady[:14], 13, "time"),
        ("replaced on day 10, then 1 point a day, day 24", changed, 24, "time"),
        ("replaced on day 10, looked at on day 23", changed[:-1], 23, "time"),
        ("1 point a day, shown in steps of 10, day 45", tens, 45, "time"),
        ("70 % on each of 20 days", [Level(day * DAY, 70.0) for day in range(20)], 19, "time"),
        ("1 point each 100 pages, 50 pages a day, 80 %", printed, 40, "pages"),
    ]
    return [
        f"{label:<49}{_days(forecast(levels, day * DAY, 'pages' if against == 'pages' else 'time'))}"
        for label, levels, day, against in cases
    ]


def p4() -> list[object]:
    lines: list[object] = [
        f"{kind:<8} {installed:>3} installed x {percent(RATIOS[kind], 1):>5} = {float(RATIOS[kind] * installed):g},"
        f" required {required(installed, RATIOS[kind])}"
        for kind, installed in (("pc", 200), ("pc", 201), ("printer", 100), ("copier", 13))
    ]
    (duty,) = duties([Stock("printer", installed=100, supplied=7, broken=1, missing=1)])
    lines += [
        "printer: 7 supplied, 1 of them broken, 1 missing:",
        f"  required {duty.required}, kept ready {duty.kept};"
        f" the operator owes {duty.operator}, the vendor {duty.vendor}",
        "30 faults in 90 days, each takes a spare for 3 days: 30 / 90 x 3 = 1 spare is away on average",
    ]
    for kept in (1, 2, 3, 5):
        chance = running_out(Observed(30, 90 * DAY, 90 * DAY, 30), kept)
        assert chance is not None
        middle, low, high = (percent(one, 1) for one in chance)
        lines.append(f"  kept {kept}: chance of running out {middle} ({low} to {high})")
    return lines


def _card(title: str, branch: dict[str, Served], others: Served, rule: Rule | None = None) -> list[object]:
    name = "hall network interruption"
    one = scored(name, ITEMS[name], branch, others, rule or Rule())
    assert one.below is not None
    return [
        title,
        f"  branch {percent(one.branch)}, all {percent(one.all)}: {percent(one.below)} below,"
        f" score {float(one.score or Fraction(0)):g} of {float(one.full):g}",
        *_warnings(one),
    ]


def _warnings(one: Scored) -> list[object]:
    hours = {
        "blind_bad": "one unseen hour that had been bad",
        "blind_good": "one unseen hour that had been good",
        "bad_blind": "one bad hour that nobody had seen",
    }
    lines: list[object] = [f"  warning: without {name} it would be otherwise" for name in one.devices]
    return [*lines, *(f"  warning: {hours[hour]} would make it otherwise" for hour in one.hours)]


def p5() -> list[object]:
    pair = {"SW-1": Served(38 * HOUR, 12 * HOUR), "SW-2": Served(38 * HOUR, 12 * HOUR)}
    near = {f"K-{i}": Served(81 * HOUR, 19 * HOUR, HOUR) for i in range(1, 4)}
    one = {"SW-1": Served(100 * HOUR, 0), "SW-2": Served(100 * HOUR, 0), "SW-3": Served(20 * HOUR, 80 * HOUR)}
    return [
        *_card(
            "the branch SW-1 and SW-2, each good 38 h of 50, the others 399 of 400: (95 - 76) / 95",
            pair,
            Served(399 * HOUR, HOUR),
        ),
        *_card("the same by points: 95 - 76", pair, Served(399 * HOUR, HOUR), Rule(compare="points")),
        *_card(
            "SW-1, SW-2, SW-3 good 100, 100 and 20 h of 100 each, the others 1,900 of 1,900",
            one,
            Served(1_900 * HOUR, 0),
        ),
        *_card(
            "three of 81 h of 100 and 1 h unseen each, the others 10,000 of 10,000, limit 18.7 %",
            near,
            Served(10_000 * HOUR, 0),
            Rule(limit=Fraction(187, 1000)),
        ),
    ]


EXAMPLES = {"P3": p3, "P4": p4, "P5": p5}
