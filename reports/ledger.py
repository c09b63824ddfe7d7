"""The ledger of statements: what was published, disputed, answered, sealed and amended, and what may be done (S5, S6).

Each noun has its file; this is where the others look for them.
"""

from __future__ import annotations

from reports.amendments import amend, amend_all
from reports.disputes import answer, approve, dispute, withdraw
from reports.obstacles import OVERRIDABLE, Obstacle, obstacles
from reports.publishing import WINDOW_DAYS, Who, publish
from reports.sealing import Hindered, seal
from reports.standing import Standing, publication, standing, told

__all__ = [
    "OVERRIDABLE", "WINDOW_DAYS", "Hindered", "Obstacle", "Standing", "Who", "amend", "amend_all", "answer",
    "approve", "dispute", "obstacles", "publication", "publish", "seal", "standing", "told", "withdraw",
]  # fmt: skip
