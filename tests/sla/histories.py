"""Small random histories for hypothesis, and short hand for those made by hand."""

from __future__ import annotations

from typing import Final

from hypothesis import settings
from hypothesis import strategies as st

from sla.judge import Confirmation
from sla.seen import Seen, State

S: Final = 1000
WORDS: Final[dict[str, State]] = {"u": "up", "g": "degraded", "d": "down", "?": "unknown"}

examples = settings(max_examples=40, deadline=None)
"""For every property of this room: the machine may be busy."""

states = st.sampled_from(["up", "up", "degraded", "down", "down", "down", "unknown"])
conditions = st.sampled_from([(), ("jammed",), ("doorOpen", "noPaper")])
rules = st.builds(Confirmation, confirm=st.integers(1, 3), recover=st.integers(1, 3))


def histories(seconds: int = 90, max_size: int = 14) -> st.SearchStrategy[list[Seen]]:
    """Facts in any order, several of them at one instant now and then."""
    one = st.builds(
        Seen,
        ts=st.integers(0, seconds).map(lambda t: t * S),
        state=states,
        interval_ms=intervals,
        conditions=conditions,
    )
    return st.lists(one, max_size=max_size)


intervals = st.sampled_from([0, 3 * S, 8 * S])


def drawn(picture: str, step_s: int = 60, start: int = 0, interval_s: int | None = None) -> list[Seen]:
    """`uudd?u`: one observation each step; a dot is none."""
    interval = (step_s if interval_s is None else interval_s) * S
    return [
        Seen(start + i * step_s * S, WORDS[letter], interval) for i, letter in enumerate(picture) if letter in WORDS
    ]
