"""How a file of tickets is taken, and what became of each row (K1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from alerts.tickets import MERGE_GAP_MS

How = Literal["new", "joined", "known", "corrected", "refused"]
Progress = Callable[[int, int], None]
HOWS: Final[tuple[How, ...]] = ("new", "joined", "known", "corrected", "refused")
MAX_LISTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Manner:
    """How a file is taken: for whom (`by`), from which `system`; `skip_bad` takes the good rows of a bad file."""

    system: str
    by: str
    dry_run: bool = False
    skip_bad: bool = False
    merge_gap_ms: int = MERGE_GAP_MS


class Taken(NamedTuple):
    """What became of one row; `ticket` is empty in a refusal and for a mere complaint."""

    line: int
    external_id: str
    how: How
    ticket: str


@dataclass(slots=True)
class Outcome:
    """What became of a file; `taken` False where nothing of it was. At most `MAX_LISTED` rows are listed."""

    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    rows: list[Taken] = field(default_factory=list)
    taken: bool = False

    def add(self, one: Taken) -> None:
        """Count it; a known one is not listed, for nothing has become of it."""
        self.counts[one.how] += 1
        if one.how != "known" and len(self.rows) < MAX_LISTED:
            self.rows.append(one)

    def document(self) -> dict[str, Any]:
        """For machines."""
        counted = {name: self.counts[name] for name in HOWS}
        return {
            "total": self.total,
            "taken": self.taken,
            "counts": counted,
            "rows": [one._asdict() for one in self.rows],
        }
