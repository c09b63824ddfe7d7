"""What may be asked of a resolver: host names (RFC 1123), told apart from ill-formed addresses."""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\.?")
_NUMERIC: Final = re.compile(r"[0-9.]+|0[xX][0-9a-fA-F.]*")


def is_host_name(text: str) -> bool:
    """Is it a name that a resolver may be asked for, and no IP address, not even an ill-formed one?"""
    return _NAME.fullmatch(text) is not None and _NUMERIC.fullmatch(text) is None
