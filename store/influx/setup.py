"""Databases or buckets, retention, mappings: what a server needs before the first point; twice is the same as once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from store.influx.server import Server

Done = Literal["made", "changed", "kept", "would", "lacks", "note"]
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Step:
    """One thing looked at. `lacks`: a right that is missing; `would`: what a dry run would do; `note`: to be known.

    `message` is a msgid, `values` what it names.
    """

    done: Done
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def told(self, translate: Callable[[str], str]) -> str:
        """The message in the reader's language."""
        return translate(self.message).format_map(self.values)


def setup(server: Server, raw_days: int, hourly_days: int, *, dry_run: bool = False) -> list[Step]:
    """Make what is missing and adjust what differs; answers what was done and which rights are missing.

    Raises `Away`, `Denied` where the server lets us do nothing at all.
    """
    raise NotImplementedError
