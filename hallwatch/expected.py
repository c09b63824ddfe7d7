"""What a command may fail with that is a user's mistake or something away, and no fault of ours."""

from __future__ import annotations

from typing import Final

from collector.kind import BadKind
from hallwatch.broker import BrokerFault
from hallwatch.centre import Refusal
from hallwatch.commands import simulate
from hallwatch.compose import NotBuiltYet
from hallwatch.inventory_import import TooMuchGone
from hallwatch.secret import NoSecret
from hallwatch.web import CannotListen
from store.fault import StoreError

EXPECTED: Final = (
    BadKind,
    Refusal,
    TooMuchGone,
    BrokerFault,
    CannotListen,
    NoSecret,
    NotBuiltYet,
    StoreError,
    *simulate.FAULTS,
)
"""Each says in its text what is wrong and where."""
