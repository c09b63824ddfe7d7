"""Names of sheets as a spreadsheet takes them: 31 characters, none of `[]:*?/\\`, no two alike."""

from __future__ import annotations

import re
from typing import Final

from reports.forms.texts import clean

LONGEST: Final = 31
_REFUSED: Final = re.compile(r"[\[\]:*?/\\\ufffd\x00-\x1f]")
_RESERVED: Final = "history"


class SheetNames:
    """Those that one workbook has so far."""

    def __init__(self) -> None:
        self._taken = {_RESERVED}

    def name(self, wanted: str) -> str:
        """A name as near to the wanted one as may be, and only given once."""
        bare = _fit(_REFUSED.sub(" ", clean(wanted)).strip(" '"), LONGEST).strip(" '") or "-"
        found, n = bare, 1
        while found.casefold() in self._taken:
            n += 1
            found = f"{_fit(bare, LONGEST - len(str(n)) - 1)} {n}"
        self._taken.add(found.casefold())
        return found


def _fit(text: str, units: int) -> str:
    """Its first UTF-16 units, no character halved."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore")
