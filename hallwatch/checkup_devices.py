"""What `hallwatch doctor` finds of devices that nobody can judge (O2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hallwatch.compose import open_store
from hallwatch.finding import Finding
from hallwatch.inventory.faults import N_
from hallwatch.settings_file import Loaded
from store.database import reading
from store.fault import StoreError
from store.pages import EVERYTHING, unjudged

_FEW: Final = 5
_WORDS: Final = {
    "auth": N_("credentials refused at {n} devices, which nobody watches: {devices}"),
    "config": N_("settings that cannot be used at {n} devices, which nobody watches: {devices}"),
}


def not_judged(loaded: Loaded) -> Iterator[Finding]:
    """One finding a reason, with the first of its devices; `hallwatch poll` says why of each."""
    try:
        with reading(open_store(loaded)) as conn:
            rows = unjudged(conn, EVERYTHING)
    except StoreError:
        return
    for cause, words in _WORDS.items():
        some = [row.id for row in rows if row.fault == cause]
        if some:
            named = ", ".join(some[:_FEW]) + (", …" if len(some) > _FEW else "")
            yield Finding("bad", N_("devices"), words, {"n": len(some), "devices": named})
