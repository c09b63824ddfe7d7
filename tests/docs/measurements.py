"""The page about measurements, made from their table: `python -m tests.docs.measurements > docs/measurements.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from store.measurements import MEASUREMENTS, Measurement

HEAD: Final = """\
# Measurements

Everything that the metrics server holds, made from the one table in `store/measurements.py`. `device` comes from the
recorder, `device_hour` is rolled up from it; the rest hallwatch works out itself, in the process with the alerts,
from the same functions as the pages and reports: what a dashboard shows at an instant is what the report of that
instant says. A figure that fails is in the log, in `doctor`, and counted in `/metrics` of `up`
(`hallwatch_figures_failing`, beside `hallwatch_figures_points`).
Numbers are floats; a field that would be null is left out, a text or a tag that has nothing to say is
`-`. Nothing is written of a time before the retention of single values.

- A point written twice is the same point: after a restart nothing counts double, and what was missed meanwhile is not
  made up for.
- A state becomes known later than it began. So a change of `status` is written at the instant since when it holds,
  and the points that were written meanwhile are written again: the line over time says what is known now.
- An `outage` that later facts removed (K7), or that moved, stays with `valid` 0: ask for `valid` = 1. Which ones were
  written is remembered in `metrics-queue-told.db` beside the queue. Lost, it is made anew, and only what was removed
  meanwhile is missed. A server that has no outage at all, another one or made anew, is told everything once more
  within the hour.
- `due` and `due_in_s` are there only while a clock runs towards a target: ask for the last minutes, not for the last
  value of all.
- `supply` needs an exact level (C3). A printer that sleeps keeps the name and the last level of a week. The forecast
  (P3) is one for which there are 14 days of data since the last replacement, use that ends within two years, and an
  interval that does not begin at less than a fifth of it.

What it costs with 6,000 devices (seconds of one core): `availability` some 27 s each quarter of an hour (drawn on from
600 devices; 0.9 s if all days were packed, measured with all), nearly all of which goes
into the three days that folding has not packed yet (where it takes more than 3 % of the time it is made less often, but
each half hour); a snapshot of `status` 0.14 s, `fleet` 0.02 s, outages of the last
two days 0.1 s, of all 90 days 1 s each hour, 300 open tickets 0.03 s; a supply 0.05 s here and 0.04 s on the server.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for one in MEASUREMENTS for line in _section(one))]).rstrip() + "\n"


def _section(one: Measurement) -> Iterator[str]:
    yield f"## {one.name}"
    yield ""
    yield f"At {one.at}. Policy `{one.policy}`. Tags {', '.join(f'`{tag}`' for tag in one.tags)}."
    yield ""
    if one.prefixed and one.numbers:
        yield "Each numeric value of a device is a field besides."
        yield ""
    if one.numbers or one.texts:
        yield "| field | means |"
        yield "|---|---|"
        yield from _rows(one.numbers, "")
        yield from _rows(one.texts, "text: ")
        yield ""


def _rows(fields: Mapping[str, str], kind: str) -> Iterator[str]:
    yield from (f"| `{name}` | {kind}{meaning} |" for name, meaning in fields.items())


if __name__ == "__main__":
    print(page(), end="")
