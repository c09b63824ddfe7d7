"""Which session a target gets: versions 1 and 2c over our own sockets, version 3 by a library, chosen once at start."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any, Literal

from collector.alarm import Alarms
from collector.snmp.counts import Counts
from collector.snmp.engine_ids import EngineIds
from collector.snmp.session import Session
from collector.snmp.session_udp import UdpSession
from collector.snmp.socket import SnmpSocket, resolve
from collector.target import Snmp, Target

Opened = Callable[[str, Snmp, Alarms, Callable[[bytes, str], None]], Session]
Third = Literal["auto", "gufo", "pysnmp"]


class Engine:
    """Opens sessions for one event loop. `said` is what was chosen, for `doctor`: version -> by what."""

    def __init__(self, alarms: Alarms, third: Third = "auto") -> None:
        self.counts = Counts()
        self._alarms = alarms
        self._sockets: dict[int, SnmpSocket] = {}
        self._third, by = _third(third)
        self.said = {"1, 2c": "own socket", "3": by}
        self.ids = EngineIds()

    @property
    def lacks_third(self) -> bool:
        """Is there nothing that asks by version 3 here? `said` tells why."""
        return self._third is None

    def open(self, target: Target) -> Session:
        """A session with the target's agent. Raises OSError where the address is none or no more files may be open,
        ValueError where it is not asked by SNMP.
        """
        snmp = target.snmp
        if snmp is None:
            raise ValueError(f"{target.device} is not asked by SNMP")
        if snmp.version == "3":
            if self._third is None:
                raise OSError("version 3 needs gufo-snmp or pysnmp")
            return self._third(target.address, snmp, self._alarms, partial(self.ids.note, target.device))
        family, where = resolve(target.address, snmp.port)
        shared = self._sockets.get(family)
        if shared is None:
            shared = self._sockets[family] = SnmpSocket(family, self.counts)
        return UdpSession(where, snmp, shared)

    def costs_file(self, target: Target) -> bool:
        """Does a session with this target hold a file of its own?"""
        return target.snmp is not None and target.snmp.version == "3"

    def stats(self) -> dict[str, Any]:
        """Counts of answers by what they were, and engine ids that several agents bear."""
        return {**self.counts.read(), "shared_engine_ids": self.ids.shared()}

    def close(self) -> None:
        for one in self._sockets.values():
            one.close()
        self._sockets.clear()


def _third(wanted: Third) -> tuple[Opened | None, str]:
    """What asks by version 3 here: what is wanted, else gufo where it has a wheel for this machine, else pysnmp."""
    if wanted != "pysnmp":
        try:
            from collector.snmp.session_gufo import GufoSession
        except ImportError:
            if wanted == "gufo":
                return None, "gufo-snmp is not installed"
        else:
            return GufoSession, f"gufo-snmp {version('gufo-snmp')}"
    try:
        from collector.snmp.session_pysnmp import PysnmpSession
    except ImportError:
        return None, "neither gufo-snmp nor pysnmp is installed"
    return PysnmpSession, f"pysnmp {version('pysnmp')}"
