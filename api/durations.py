"""Durations in words, short enough for a wall."""

from __future__ import annotations

from api.context import Translate


def spoken(ms: int, _: Translate) -> str:
    """`ms` as 0:42, 12:34, 5 h 07 min or 3 d 4 h, rounded down; static/live.js says the same."""
    seconds = max(0, ms) // 1000
    if seconds < 3600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    minutes = seconds // 60
    if minutes < 1440:
        return f"{minutes // 60} {_('h')} {minutes % 60:02d} {_('min')}"
    return f"{minutes // 1440} {_('d')} {minutes % 1440 // 60} {_('h')}"
