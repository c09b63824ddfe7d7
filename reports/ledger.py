"""The ledger of statements: what was published, disputed, answered, sealed and amended, and what may be done (S5, S6).

Each noun has its file; this is where the others look for them.
"""

from __future__ import annotations

from reports.standing import Standing, publication, standing, told

__all__ = ["Standing", "publication", "standing", "told"]
