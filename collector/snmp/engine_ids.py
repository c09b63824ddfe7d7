"""What SNMP version 3 agents name themselves, and which of them name themselves alike."""

from __future__ import annotations

from collections.abc import Collection, Container

import structlog

log = structlog.get_logger(__name__)


class EngineIds:
    """An engine id must be unique (RFC 3411): keys and clocks of agents that share one get mixed up."""

    def __init__(self) -> None:
        self._of: dict[str, bytes] = {}
        self._bearers: dict[bytes, dict[str, str]] = {}  # engine id -> device -> address
        self._shared: set[bytes] = set()
        self._said: dict[bytes, int] = {}  # of how many devices the log told

    def note(self, device: str, engine_id: bytes, address: str) -> None:
        """The device's agent at `address` named its engine; logged where another address has named the same, and again
        where twice as many have: of a hundred clones the log tells six times."""
        bearers = self._bearers.get(engine_id, {})
        if not engine_id or bearers.get(device) == address:
            return
        self.forget(device)
        self._of[device] = engine_id
        bearers = self._bearers.setdefault(engine_id, bearers)
        bearers[device] = address
        if len(set(bearers.values())) > 1:
            self._shared.add(engine_id)
            self._tell(engine_id, bearers)

    def _tell(self, engine_id: bytes, bearers: Collection[str]) -> None:
        if len(bearers) >= 2 * self._said.get(engine_id, 1):
            self._said[engine_id] = len(bearers)
            some = sorted(bearers)[:10]
            log.warning("engine_id_of_several_agents", engine_id=engine_id.hex(), devices=some, number=len(bearers))

    def forget(self, device: str) -> None:
        """The device is no more, or is another."""
        engine_id = self._of.pop(device, None)
        if engine_id is None:
            return
        bearers = self._bearers[engine_id]
        del bearers[device]
        if not bearers:
            del self._bearers[engine_id]
            self._said.pop(engine_id, None)
        if len(set(bearers.values())) < 2:
            self._shared.discard(engine_id)

    def keep(self, devices: Container[str]) -> None:
        """Forget all other devices."""
        for device in [device for device in self._of if device not in devices]:
            self.forget(device)

    def shared(self) -> dict[str, list[str]]:
        """Engine ids (hexadecimal) that several addresses bear, and the devices there."""
        return {engine_id.hex(): sorted(self._bearers[engine_id]) for engine_id in sorted(self._shared)}
