"""Evidence packs of random months in a database: nothing differs, any changed fact is found. `python -m …evidence`."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from reports.evidence import Papers, pack, verify
from store.database import writing
from tests.proof.bugs import BUGS, with_bug
from tests.proof.figures import tell
from tests.reports import changed, checked, packed

EACH = 3
"""So many kinds of facts are changed in each month."""


@dataclass(frozen=True)
class Figures:
    """What was verified. `differing`, `missed`, `false` and `bugs_unnoticed` must be nothing.

    `changes` by kind, `moved` those that changed a figure: all of them must be found, and of the others none.
    """

    months: int
    tickets: int
    outages: int
    deductions: int
    breaches: int
    compared: int
    differing: int
    changes: dict[str, int]
    moved: dict[str, int]
    missed: int
    false: int
    statements_changed: int
    statements_unnoticed: int
    bugs: int
    bugs_unnoticed: list[str]
    large_tickets: int
    large_pack_kib: int
    large_made_s: float
    large_verified_s: float
    seconds: float

    @property
    def clean(self) -> bool:
        """Whether the verifier and the program always agree, and nothing passes unnoticed."""
        wrong = self.differing + self.missed + self.false + self.statements_unnoticed
        return not wrong and not self.bugs_unnoticed


def run(
    rounds: int, seed: int, folder: Path, bugs: Sequence[int] = tuple(range(len(BUGS))), times: int = 60
) -> Figures:
    """Verify so many months, change facts in each, then look for faults in the verifier with what they gave."""
    began, found, kept = time.monotonic(), Counter[str](), []
    kinds, moved = Counter[str](), Counter[str]()
    with packed.databases(folder) as empty:
        for n in range(seed, seed + rounds):
            papers = _month(empty, n, found, kinds, moved)
            kept.append(papers)
        large = _large(empty, seed, times)
    unnoticed = [BUGS[n][0] for n in bugs if not _noticed(n, kept)]
    return Figures(
        months=rounds,
        **{name: found[name] for name in ("tickets", "outages", "deductions", "breaches", "compared", "differing")},
        changes=dict(sorted(kinds.items())),
        moved=dict(sorted(moved.items())),
        **{name: found[name] for name in ("missed", "false", "statements_changed", "statements_unnoticed")},
        bugs=len(bugs),
        bugs_unnoticed=unnoticed,
        large_tickets=int(large[0]),
        large_pack_kib=int(large[1]),
        large_made_s=large[2],
        large_verified_s=large[3],
        seconds=round(time.monotonic() - began, 1),
    )


def _month(empty: Path, seed: int, found: Counter[str], kinds: Counter[str], moved: Counter[str]) -> Papers:
    chance = Random(seed)
    with packed.told(empty, seed) as told:
        papers = told.papers()
    rows = verify.verify(checked.files(papers), {}).rows
    for same, what, said, facts in rows:
        if not same:
            print(f"seed {seed}: {what}: {said} / {facts}", flush=True)
    found.update(compared=len(rows), differing=sum(not row[0] for row in rows))
    found.update(tickets=len(papers.facts["tickets"]), outages=len(papers.facts["outages"]))
    found.update(deductions=sum(line["deduction"] != "0.00" for line in papers.statement["lines"]))
    found.update(breaches=sum(bool(one["clock"] and one["clock"]["breached"]) for one in papers.statement["tickets"]))
    for name in chance.sample(sorted(changed.CHANGES), EACH):
        _changed(empty, seed, name, found, kinds, moved)
    for path in chance.sample(checked.figures(papers.statement), 3):
        other = checked.with_statement(papers, checked.changed(papers.statement, path))
        found.update(statements_changed=1, statements_unnoticed=not checked.notices(other))
    return papers


def _changed(empty: Path, seed: int, name: str, found: Counter[str], kinds: Counter[str], moved: Counter[str]) -> None:
    """One kind of fact: the verifier must say that a figure differs where the program makes another, and only there."""
    with packed.told(empty, seed) as told:
        before = told.papers()
        with writing(told.engine) as conn:
            changed.CHANGES[name](conn, Random(seed), told)
        after = told.papers()
    other, said = checked.moved(before, after), checked.notices(before._replace(facts=after.facts))
    kinds[name] += 1
    moved[name] += other
    found.update(missed=other and not said, false=said and not other, differing=len(checked.differing(after)))
    if other != said:
        print(f"seed {seed}: {name}: {'missed' if other else 'false'}", flush=True)


def _noticed(bug: int, months: Sequence[Papers]) -> bool:
    module = with_bug(bug)
    return any(_differs(module, papers) for papers in months)


def _differs(module: object, papers: Papers) -> bool:
    try:
        return bool(module.verify(checked.files(papers), {}).differing)  # type: ignore[attr-defined]  # a copy of it
    except Exception:  # noqa: BLE001  # whatever the fault does to it
        return True


def _large(empty: Path, seed: int, times: int) -> tuple[float, float, float, float]:
    """A month with hundreds of tickets: how many, KiB of its pack, seconds to make and to verify it."""
    with packed.told(empty, seed, times) as told:
        began = time.monotonic()
        papers = told.papers()
        data = pack(papers, checked.LANGUAGES)
        made = time.monotonic()
        assert not checked.differing(papers)
        done = time.monotonic()
    tickets = len(papers.facts["tickets"])
    return float(tickets), len(data) / 1024, round(made - began, 2), round(done - made, 2)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(arguments.rounds, arguments.seed, Path(folder))
    tell(asdict(figures), figures.clean, arguments.json)


if __name__ == "__main__":
    main()
