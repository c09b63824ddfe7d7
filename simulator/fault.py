"""What may be wrong with a simulated device, and what each fault does to it."""

from __future__ import annotations

from typing import Final, NamedTuple


class Fault(NamedTuple):
    """The truth: `device` had a fault of `kind` in [start, until) (ms).

    `stops`: it could not serve and was to be seen down.
    Everything behind a dead switch has a fault `unreachable` of its own for the same time.
    """

    start: int
    device: str
    kind: str
    until: int
    stops: bool

    def as_document(self) -> dict[str, object]:
        """As a JSON line of the exported truth."""
        return {**self._asdict()}


class Effect(NamedTuple):
    """What a fault does: `silent` answers nothing at all, `asleep` no SNMP, `closed` not its TCP port, `delay_ms` late;
    `bits` are those of a printer's error state, or what a UPS says."""

    stops: bool
    silent: bool = False
    asleep: bool = False
    closed: bool = False
    delay_ms: int = 0
    restarts: bool = False
    bits: frozenset[str] = frozenset()


def _bit(name: str, *, stops: bool) -> Effect:
    return Effect(stops=stops, bits=frozenset({name}))


EFFECTS: Final[dict[str, Effect]] = {
    "dead": Effect(stops=True, silent=True, restarts=True),
    "switch": Effect(stops=True, silent=True, restarts=True),
    "unreachable": Effect(stops=True, silent=True),
    "night_off": Effect(stops=True, silent=True, restarts=True),
    "flapping": Effect(stops=True, silent=True),
    "application": Effect(stops=True, closed=True),
    "paper": _bit("noPaper", stops=True),
    "jam": _bit("jammed", stops=True),
    "door": _bit("doorOpen", stops=True),
    "toner_out": _bit("noToner", stops=True),
    "low_paper": _bit("lowPaper", stops=False),
    "low_toner": _bit("lowToner", stops=False),
    "service": _bit("serviceRequested", stops=False),
    "mains": _bit("onBattery", stops=False),
    "asleep": Effect(stops=False, asleep=True),
    "lazy": Effect(stops=False, delay_ms=600),
}


def fault(device: str, kind: str, start: int, until: int) -> Fault:
    """A fault of a known kind; whether it stops the device is the kind's."""
    return Fault(start, device, kind, until, EFFECTS[kind].stops)
