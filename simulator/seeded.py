"""Chance that comes out the same for the same words."""

from __future__ import annotations

from random import Random


def seeded(*words: object) -> Random:
    """A source of chance that belongs to these words."""
    return Random(":".join(map(str, words)))  # noqa: S311
