"""One palette: readable on Grafana's dark and light grounds, told apart by the colour-blind, never without a word."""

from __future__ import annotations

from typing import Final

UP: Final = "#2a9d6f"
DEGRADED: Final = "#b8860b"
DOWN: Final = "#e03131"
UNREACHABLE: Final = "#a061d8"
UNMONITORED: Final = "#8a8f98"
MAINTENANCE: Final = "#3b82d6"
CLOSED: Final = "#7a7468"
LATE: Final = "#e8590c"
PLAIN: Final = "#4c86c6"
SECOND: Final = "#1d9aa8"
PALETTE: Final = (UP, DEGRADED, DOWN, UNREACHABLE, UNMONITORED, MAINTENANCE, CLOSED, LATE, PLAIN, SECOND)
GROUNDS: Final = ("#ffffff", "#181b1f")
"""Of a panel in Grafana's light and dark theme."""


def _light(colour: str) -> float:
    """Relative luminance (WCAG 2.2), 0..1."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How well two colours (`#rrggbb`) stand apart, 1..21 (WCAG 2.2); a mark needs 3."""
    light = sorted((_light(one), _light(other)))
    return (light[1] + 0.05) / (light[0] + 0.05)
