"""Take a database back to an earlier revision: `python -m store.migrations URL REVISION`; PGPASSWORD for a password."""

from __future__ import annotations

import sys

from store.database import go_back, open_database
from store.fault import StoreError

if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    try:
        go_back(open_database(sys.argv[1]), sys.argv[2])
    except StoreError as error:
        raise SystemExit(str(error)) from error
