"""The version of the rules that these figures follow; every deduction names it (S4)."""

from __future__ import annotations

from typing import Final

RULES: Final = "1"


def cited(*rules: str) -> str:
    """Ids of rules with their version, as reports print them: `S1 S2 v1`."""
    return f"{' '.join(rules)} v{RULES}"
