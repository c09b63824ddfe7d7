"""What SNMP version 3 agents name themselves, and which of them name themselves alike."""

from __future__ import annotations

from collections.abc import Container

import structlog

log = structlog.get_logger(__name__)


class EngineIds:
    """An engine id must be unique (RFC 3411): keys and clocks of agents that share one get mixed up."""

    def __init__(self) -> None:
        self._of: dict[str, bytes] = {}
        self._bearers: dict[bytes, dict[str, str]] = {}  # engine id -> device -> address
        self._shared: set[bytes] = set()

    def note(self, device: str, engine_id: bytes, address: str) -> None:
        """The device's agent at `address` named its engine; logged where another address has named the same."""
        bearers = self._bearers.get(engine_id, {})
        if not engine_id or bearers.get(device) == address:
            return
        self.forget(device)
        self._of[device] = engine_id
        bearers = self._bearers.setdefault(engine_id, bearers)
        bearers[device] = address
        if len(set(bearers.values())) > 1:
            self._shared.add(engine_id)
            log.warning("engine_id_of_several_agents", engine_id=engine_id.hex(), devices=sorted(bearers)[:10])

    def forget(self, device: str) -> None:
        """The device is no more, or is another."""
        engine_id = self._of.pop(device, None)
        if engine_id is None:
            return
        bearers = self._bearers[engine_id]
        del bearers[device]
        if not bearers:
            del self._bearers[engine_id]
        if len(set(bearers.values())) < 2:
            self._shared.discard(engine_id)

    def keep(self, devices: Container[str]) -> None:
        """Forget all other devices."""
        for device in [device for device in self._of if device not in devices]:
            self.forget(device)

    def shared(self) -> dict[str, list[str]]:
        """Engine ids (hexadecimal) that several addresses bear, and the devices there."""
        return {engine_id.hex(): sorted(self._bearers[engine_id]) for engine_id in sorted(self._shared)}
