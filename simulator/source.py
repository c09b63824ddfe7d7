"""Where a simulated value comes from: behaviours that model files name, each a function of the moment.

They are pure: the same device at the same instant says the same, whether it was asked before or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from zlib import crc32

from collector.snmp.ber import Plain
from simulator.city import Device
from simulator.fault import EFFECTS
from simulator.scenario import Situation

DAY: Final = 86_400_000
_ZONE: Final = 8 * 3_600_000
_OPENS, _CLOSES = 8.5 / 24, 18 / 24
_COUNTED_SINCE: Final = 20_400  # days of work since 1970 at which counters that nothing resets stood at their start
_BITS: Final = (
    "lowPaper", "noPaper", "lowToner", "noToner", "doorOpen", "jammed", "offline", "serviceRequested",
    "inputTrayMissing", "outputTrayMissing", "markerSupplyMissing", "outputNearFull", "outputFull", "inputTrayEmpty",
    "overduePreventMaint",
)  # fmt: skip
_STOPPING: Final = frozenset().union(*(effect.bits for effect in EFFECTS.values() if effect.stops))
_CONSOLE: Final = {
    "jammed": "PAPER JAM", "noPaper": "LOAD PAPER", "doorOpen": "CLOSE COVER", "noToner": "REPLACE TONER",
    "serviceRequested": "CALL SERVICE", "lowToner": "TONER LOW", "lowPaper": "PAPER LOW",
}  # fmt: skip


class Moment(NamedTuple):
    """What a value may depend on; `salt` is the device's own number, `toner` the percent left where it is followed."""

    device: Device
    salt: int
    t: int
    booted: int
    situation: Situation
    toner: float | None


Source = Callable[[Moment], Plain]


class BadBehaviour(ValueError):
    """A behaviour that nobody knows or with parameters that it does not take."""


def chance(salt: int, key: int) -> float:
    """A number from 0 to 1 that belongs to a device and a purpose."""
    return crc32(salt.to_bytes(8, "big"), key) / 0xFFFFFFFF


def work_days(t: int) -> float:
    """Days of work done since 1970: nearly all of a day's work falls into office hours."""
    day, rest = divmod(t + _ZONE, DAY)
    share = rest / DAY
    if share < _OPENS:
        return day + 0.02 * share / _OPENS
    if share < _CLOSES:
        return day + 0.02 + 0.96 * (share - _OPENS) / (_CLOSES - _OPENS)
    return day + 0.98 + 0.02 * (share - _CLOSES) / (1 - _CLOSES)


def source_of(spec: object, key: int) -> Source | Plain:
    """A constant (int, text as octets) or a behaviour `{NAME: {parameters}}`; `key` makes its numbers its own."""
    if isinstance(spec, bool) or spec is None:
        raise BadBehaviour(f"no value: {spec!r}")
    if isinstance(spec, int | bytes):
        return spec
    if isinstance(spec, str):
        return _text(spec) if "{" in spec else spec.encode()
    if not isinstance(spec, Mapping) or len(spec) != 1:
        raise BadBehaviour(f"neither a value nor one behaviour: {str(spec)[:80]}")
    [(name, parameters)] = spec.items()
    if name not in BEHAVIOURS:
        raise BadBehaviour(f"unknown behaviour {name!r}; known are {', '.join(BEHAVIOURS)}")
    try:
        return BEHAVIOURS[name](key, **(parameters or {}))
    except TypeError as error:
        raise BadBehaviour(f"{name}: {error}") from error


def _text(pattern: str) -> Source:
    def value(m: Moment) -> bytes:
        text = pattern
        for name in ("id", "serial", "hall", "model"):
            text = text.replace(f"{{{name}}}", getattr(m.device, name))
        return text.encode()

    return value


def _between(m: Moment, key: int, low: float, high: float) -> float:
    return low + (high - low) * chance(m.salt, key)


def _uptime(_key: int) -> Source:
    return lambda m: max(0, m.t - m.booted) // 10


def _counter(key: int, *, per_day: list[float], start: list[float] | None = None, volatile: bool = False) -> Source:
    """Rises with the hours of work; a `volatile` one begins at 0 when the device does."""
    low, high = start or (0, 0)
    slow, fast = per_day

    def value(m: Moment) -> int:
        rate = _between(m, key, slow, fast)
        since = work_days(m.booted) if volatile else _COUNTED_SINCE
        return int(_between(m, key + 1, low, high) + rate * max(0.0, work_days(m.t) - since))

    return value


def _wave(key: int, *, low: float, high: float, minutes: float) -> Source:
    def value(m: Moment) -> int:
        turn = 2 * math.pi * (m.t / (minutes * 60_000) + chance(m.salt, key))
        return round(low + (high - low) * (2 + math.sin(turn) + math.sin(2.7 * turn)) / 4)

    return value


def _toner(_key: int, *, capacity: int = 100, step: int = 1, low: int | None = None) -> Source:
    """The followed toner in units of `capacity`, rounded up (to steps) so that the last drop is not nothing; `low` is
    what is said instead of a low level."""

    def value(m: Moment) -> int:
        if low is not None and m.situation.bits & {"lowToner", "noToner"}:
            return low
        percent = 0.0 if "noToner" in m.situation.bits else 80.0 if m.toner is None else m.toner
        return math.ceil(percent * capacity / 100 / step) * step

    return value


def _supply(key: int, *, days: float, capacity: int = 100) -> Source:
    """A supply that nobody follows: falls for so many days to three tenths and is replaced."""

    def value(m: Moment) -> int:
        return math.ceil((1 - 0.7 * ((m.t / DAY / days + chance(m.salt, key)) % 1)) * capacity)

    return value


def _lying(_key: int) -> Source:
    """As Ricoh's: -3 (some) whatever is left, -100 when it is nearly over."""
    return lambda m: -100 if m.situation.bits & {"lowToner", "noToner"} else -3


def _paper(key: int, *, capacity: int) -> Source:
    rest = _wave(key, low=capacity * 0.3, high=capacity, minutes=400)

    def value(m: Moment) -> Plain:
        if "noPaper" in m.situation.bits:
            return 0
        return capacity // 12 if "lowPaper" in m.situation.bits else rest(m)

    return value


def _tray(_key: int) -> Source:
    """prtInputStatus: 0 idle, 8 a warning, 16 critical."""
    return lambda m: 16 if "noPaper" in m.situation.bits else 8 if "lowPaper" in m.situation.bits else 0


def _device_status(_key: int) -> Source:
    """hrDeviceStatus: running 2, warning 3, down 5."""
    return lambda m: 5 if m.situation.bits & _STOPPING else 3 if m.situation.bits else 2


def _printer_status(key: int) -> Source:
    """hrPrinterStatus: other 1, idle 3, printing 4."""

    def value(m: Moment) -> int:
        if m.situation.bits & _STOPPING:
            return 1
        return 4 if chance(m.salt + m.t // 20_000, key) < 0.2 else 3

    return value


def _errors(_key: int, *, octets: int = 1) -> Source:
    """hrPrinterDetectedErrorState in at least `octets` octets (0: empty while all is well)."""

    def value(m: Moment) -> bytes:
        number = sum(0x8000 >> _BITS.index(bit) for bit in m.situation.bits)
        short = 0 if not number else 1 if not number & 0xFF else 2
        return number.to_bytes(2, "big")[: max(octets, short)]

    return value


def _console(_key: int) -> Source:
    return lambda m: next((text for bit, text in _CONSOLE.items() if bit in m.situation.bits), "READY").encode()


def _when(_key: int, **spec: int | str) -> Source:
    """`then` while the story has the `bit` of a fault, `else` without."""
    if spec.keys() != {"bit", "then", "else"}:
        raise BadBehaviour("when: wants bit, then and else")
    bit, then, otherwise = str(spec["bit"]), int(spec["then"]), int(spec["else"])
    return lambda m: then if bit in m.situation.bits else otherwise


BEHAVIOURS: Final[dict[str, Callable[..., Source]]] = {
    "uptime": _uptime, "counter": _counter, "wave": _wave, "toner": _toner, "supply": _supply, "lying": _lying,
    "paper": _paper, "tray": _tray, "device_status": _device_status, "printer_status": _printer_status,
    "errors": _errors, "console": _console, "when": _when,
}  # fmt: skip
