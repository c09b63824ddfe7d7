"""The two tables of docs/silence.md, from tests/silence/table.yaml."""

from __future__ import annotations

from tests.docs.notation import table
from tests.silence.table import ANSWERED, JUDGED, Line, lines

_HEADS = {"snmp": "SNMP", "kind": "the device", "said": "what was said"}
_WORDS = {
    "plain": "any other kind",
    "kiosk": "stops without its application",
    "sleeps": "sleeps",
    "stopped": "sleeps, said last what stops it",
    "none": "not asked",
    "bad": "nonsense",
    "nothing": "no such object",
    "auth": "refuses the credentials",
    "config": "cannot be asked",
    "silence": "`down`, no condition",
    "vendor's condition": "`down`, vendor's condition",
    "hall's condition": "`down`, hall's condition",
    "unknown": "`unknown`",
    "up": "`up`",
    "degraded": "`degraded`",
}
_PLAIN = {"said": {"nothing": "no message"}, "parent": {"up": "up", "down": "down", "suspected": "suspected"}}
_DEVICES = {"vendor": "has a vendor", "switch": "switch or router, no vendor", "other": "other, no vendor"}
_HOURS = {"opening": "just opened"}


def collector() -> str:
    """What a poll says."""
    head = [*(_HEADS.get(name, name) for name in ANSWERED), "state", "cause", "conditions", "what it means"]
    return table(head, [[*_cells(line, ANSWERED), *_said(line), line.means] for line in lines("collector")])


def centre() -> str:
    """What becomes of it."""
    head = [*(_HEADS.get(name, name) for name in JUDGED), "shown", "owner", "ticket", "what it means"]
    return table(head, [[*_cells(line, JUDGED), *_shown(line), line.means] for line in lines("centre")])


def _cells(line: Line, dimensions: object) -> list[str]:
    assert isinstance(dimensions, dict)
    return [
        ", ".join(_word(name, one) for one in line.where[name]) if name in line.where else "·" for name in dimensions
    ]


def _word(name: str, value: str) -> str:
    if name in ("device", "hours"):
        return (_DEVICES | _HOURS).get(value, value)
    return _PLAIN.get(name, {}).get(value) or _WORDS.get(value, value)


def _said(line: Line) -> list[str]:
    says = line.says
    cause = says["cause"] if says["cause"] in ("SNMP's", "application's") else f"`{says['cause']}`"
    conditions = ", ".join(f"`{one}`" for one in says["conditions"]) or "-"
    return [f"**{says['state']}**", "-" if says["cause"] == "none" else cause, conditions]


def _shown(line: Line) -> list[str]:
    says = line.says
    return [f"**{says['state']}**", "-" if says["owner"] == "none" else says["owner"], says["ticket"]]


TABLES = {"silence-collector": collector, "silence-centre": centre}
