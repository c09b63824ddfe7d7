"""How long the forms of a month's report take and how much memory: XLSX of all sheets, CSV, a page, a PDF per branch.

The document is that of a small real city (`benchmarks.report`), its halls and devices repeated to the number with
figures of their own at random: what is measured is the writing, not the counting. Each form is written in a process of
its own, so that its peak of memory is its own; the document is in it, and said beside it.
`python -m benchmarks.forms [--devices N ...] [--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.report import HALL, START, fill
from hallwatch.translations import translator
from reports.asked import Asked
from reports.forms import FORMS
from reports.monthly import document, monthly
from reports.monthly_book import book
from sla.instant import DAY
from store.database import migrate, open_database

ZONE: Final = ZoneInfo("Asia/Shanghai")
BRANCHES: Final = 8
SAMPLE: Final = 200
DAYS: Final = 2
NUMBERS: Final = (1_000, 10_000, 100_000)
LARGEST_PAGE: Final = 10_000
"""Devices for which a page or a PDF is written; nobody reads a longer one."""


class Written(NamedTuple):
    """A form in a process of its own; `rows` of all its tables, `files` written one after another, bytes of all."""

    form: str
    devices: int
    rows: int
    files: int
    seconds: float
    cpu_seconds: float
    bytes: int
    rss_mb: int
    rss_before_mb: int


def template(folder: Path) -> dict[str, Any]:
    """A small city's report, with outages."""
    engine = open_database(f"sqlite:///{folder}/forms.db")
    migrate(engine)
    fill(engine, SAMPLE, DAYS, 1, 300)
    asked, now = Asked(START, START + DAYS * DAY), START + (DAYS + 1) * DAY
    found = document(monthly(engine, asked, {}, now, zone=ZONE))
    engine.dispose()
    return found


def grown(small: Mapping[str, Any], devices: int, branches: int) -> dict[str, Any]:
    """The same report of so many devices in so many branches."""
    pick = random.Random(1)
    levels = dict(small["levels"])
    levels["device"] = _repeated(levels["device"], devices, "D", pick)
    levels["hall"] = _repeated(levels["hall"], -(-devices // HALL), "h", pick)
    levels["branch"] = _repeated(levels["branch"], branches, "b", pick)
    calls = dict(small["reconciliation"])
    calls["rows"] = [calls["rows"][n % len(calls["rows"])] | {"id": f"h-{n:05}"} for n in range(-(-devices // HALL))]
    return {**small, "levels": levels, "rows": levels["hall"], "reconciliation": calls}


def _repeated(rows: Sequence[Mapping[str, Any]], number: int, letter: str, pick: random.Random) -> list[dict[str, Any]]:
    return [_varied(rows[n % len(rows)], f"{letter}-{n:06}", pick) for n in range(number)]


def _varied(row: Mapping[str, Any], id: str, pick: random.Random) -> dict[str, Any]:
    share = pick.random()
    seconds = {name: round(value * share, 3) for name, value in row["seconds"].items()}
    figures = dict.fromkeys(("availability", "raw", "coverage"), 1 - (1 - share) / 50)
    times = {"mttr_s": 3600 * share, "mtbf_s": 1e6 * share, "outages": pick.randrange(20)}
    name = f"飞鹅路营业厅 {id}" if row["name"] else None
    return {**row, "id": id, "name": name, "seconds": seconds, **figures, **times}


def write(form: str, small: Mapping[str, Any], devices: int, branches: int) -> Written:
    """Write a form here: one file of the city, or one for each of so many branches."""
    each = devices // branches
    told = grown(small, each, BRANCHES if branches == 1 else 1)
    before, begun, cpu = _rss(), time.perf_counter(), time.process_time()
    size = rows = 0
    for _ in range(branches):
        made = book(told, translator("zh"), "zh", ZONE)
        rows += sum(len(table.rows) for table in made.tables)
        size += len(FORMS[form].write(told, made, translator("zh"), table="device" if form == "csv" else None))
    spent = round(time.perf_counter() - begun, 2), round(time.process_time() - cpu, 2)
    return Written(form, devices, rows, branches, *spent, size, _rss(), before)


def _rss() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def apart(form: str, devices: int, branches: int, source: Path) -> dict[str, Any]:
    """`write` in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.forms", "--one", form, str(devices), str(branches), str(source)]
    out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(out)
    print(*(f"{name}={value}" for name, value in found.items()), file=sys.stderr)
    return found


def run(numbers: Sequence[int]) -> list[dict[str, Any]]:
    """All forms of all sizes."""
    with tempfile.TemporaryDirectory(prefix="hallwatch-forms-") as name:
        source = Path(name) / "small.json"
        source.write_text(json.dumps(template(Path(name))))
        found = []
        for devices in numbers:
            found += [apart(form, devices, 1, source) for form in ("xlsx", "csv")]
            if devices <= LARGEST_PAGE:
                found += [apart("html", devices, 1, source), apart("pdf", devices, BRANCHES, source)]
                found.append(apart("pdf", devices, 1, source))
        return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, nargs="+", default=NUMBERS)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=4, metavar=("FORM", "DEVICES", "BRANCHES", "SOURCE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        form, devices, branches, source = given.one
        print(json.dumps(write(form, json.loads(Path(source).read_text()), int(devices), int(branches))._asdict()))
        return
    text = json.dumps(run(given.devices), indent=2)
    print(text)
    if given.json:
        given.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
