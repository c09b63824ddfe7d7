"""What a scan saw at one address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from collector.snmp.identity import Identity

NOBODY: Final = Identity()


@dataclass(frozen=True, slots=True)
class Found:
    """`ping_ms` is None without an answer; `pinged` says whether ping was asked at all. `credential` is the one that
    the agent answered to, by its place in the list; `refused`: a machine is there, but nobody listens for SNMP.
    """

    address: str
    pinged: bool = False
    ping_ms: float | None = None
    credential: int | None = None
    refused: bool = False
    auth: bool = False  # a version 3 agent that knows no such user or key
    identity: Identity = NOBODY
    answers: tuple[str, ...] = ()  # kinds some of whose own objects it has, the best first
    model_file: str = ""
    ports: tuple[int, ...] = ()
    mac: str = ""

    @property
    def alive(self) -> bool:
        """Did anything there answer?"""
        return self.ping_ms is not None or self.speaks or self.refused or self.auth or bool(self.ports)

    @property
    def speaks(self) -> bool:
        """Did its agent answer?"""
        return self.credential is not None

    @property
    def macs(self) -> tuple[str, ...]:
        """All that are known of it, the one seen on the wire first."""
        return tuple(dict.fromkeys((*([self.mac] if self.mac else []), *self.identity.macs)))
