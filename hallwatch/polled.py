"""What one poll gave, for machines (docs/schemas/poll.json) and for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from collector.kind import Kind
from collector.observation import Value, render_instant
from collector.poll import Polled
from collector.target import Target
from hallwatch.console import _, language, out
from hallwatch.inventory.faults import N_
from sla.supplies import Supply, supplies_of

_IDENTITY: Final = ("identity.object_id", "identity.descr", "identity.name", "identity.mac", "serial")
_ADVICE: Final = {
    "auth": N_(
        "It answers and refuses. Check the user, both keys and their algorithms,"
        " and whether it demands signed (auth) or encrypted (priv) requests."
    ),
    "timeout": N_("It answers, but not SNMP: check community, version and port, and whom its access list lets in."),
    "refused": N_("Its SNMP port is closed: switch SNMP on there, or name another port."),
    "bad_answer": N_("What answers at this port is no SNMP, or broken: check the port."),
    "no_such_object": N_("Its agent has nothing of what its kind is asked for: check the kind, and the agent's view."),
}
"""What to do next, by the cause of `unknown` or `noSnmp`."""
_SPEAKS: Final = N_("What it says itself by MQTT reaches its running collector only; this poll knows nothing of it.")
_OBSERVES: Final = N_("It observes itself by MQTT, so nobody asks it (docs/mqtt-devices.md).")
_QUALITIES: Final = {
    "exact": N_("exact"), "some": N_("some is left"), "unknown": N_("not known"), "unrestricted": N_("no limit"),
}  # fmt: skip


def document_of(target: Target, kind: Kind, kinds: Mapping[str, Kind], polled: Polled) -> dict[str, Any]:
    """The whole poll; `kind` is that of the inventory, `kinds` has the model files."""
    model = model_of(target, kind, kinds, polled.values)
    values = polled.values
    return {
        "v": 1,
        "device": polled.device,
        "kind": target.kind,
        "address": target.address or None,
        "ts": render_instant(polled.ts),
        "state": polled.state,
        "conditions": list(polled.conditions),
        "cause": polled.cause,
        "rtt_ms": polled.rtt_ms,
        "loss": polled.loss,
        "identity": {name.removeprefix("identity."): values[name] for name in _IDENTITY if name in values},
        "model_file": model.model,
        "notes": dict(model.notes),
        "supplies": [_supply(one) for one in supplies_of(values)],
        "values": dict(values),
        "steps": [step._asdict() for step in polled.steps],
        "why": list(polled.why),
    }


def model_of(target: Target, kind: Kind, kinds: Mapping[str, Kind], values: Mapping[str, Value]) -> Kind:
    """The kind by which the device was asked: its model file's where its agent chose one, else the inventory's."""
    return kinds.get(f"{target.kind}/{values.get('model_file')}") or kind


def _supply(one: Supply) -> dict[str, Any]:
    """C3: the raw triple and its quality; a percentage only where level and capacity say it."""
    return {
        "index": one.index,
        "description": one.description,
        "class": one.class_,
        "receptacle": one.is_receptacle,
        "unit": one.unit,
        "level": one.level,
        "capacity": one.capacity,
        "quality": one.quality,
        "percent": None if one.percent is None else round(one.percent, 1),
    }


def tell(target: Target, kind: Kind, kinds: Mapping[str, Kind], polled: Polled) -> None:
    """Each request, each answer, and how the verdict came about."""
    out.print(f"{target.device}  {target.kind}  {target.address}".rstrip(), style="bold")
    for step in polled.steps:
        took = "" if step.took_ms is None else f"  ({step.took_ms:.1f} ms)"
        out.print(f"{step.at_ms:8.1f} ms  {step.check}: {shown_wide(step.request)}")
        out.print(f"             → {shown_wide(step.answer)}{took}")
    for name, value in polled.values.items():
        out.print(f"  {name} = {shown_wide(value)}")
    for one in supplies_of(polled.values):
        out.print(f"  {_told(one)}")
    for line in polled.why:
        out.print(f"  {shown_wide(line)}")
    model = model_of(target, kind, kinds, polled.values)
    _tell_notes(model)
    if advice := _advice(target.checks or model.checks, model, polled):
        out.print("  " + _(advice))
    said = ", ".join(_(condition) for condition in polled.conditions)
    verdict = _(polled.state) + (f": {said}" if said else "") + (f" ({_(polled.cause)})" if polled.cause else "")
    out.print(verdict, style={"up": "green", "degraded": "yellow", "down": "red"}.get(polled.state, "cyan"))


def _advice(checks: tuple[str, ...], model: Kind, polled: Polled) -> str:
    """The msgid of what to do next, or of what a poll cannot see; empty: nothing to say."""
    if "mqtt" in checks:
        return _OBSERVES if checks == ("mqtt",) else _SPEAKS
    said = {name for name in polled.values if not name.startswith(("identity.", "model_file"))}
    if said == {"uptime"} and len(model.get) > 1:  # every agent has that
        return _ADVICE["no_such_object"]
    in_doubt = "noSnmp" in polled.conditions or polled.state == "unknown"
    return _ADVICE.get(polled.cause or "", "") if in_doubt else ""


def _told(one: Supply) -> str:
    left = _(_QUALITIES[one.quality]) if one.percent is None else f"{one.percent:.0f} %"
    raw = f"{one.level} / {one.capacity}"
    return _("supply {n}: {description}: {left} ({raw})").format(
        n=one.index, description=shown_wide(one.description) or "-", left=left, raw=raw
    )


def _tell_notes(model: Kind) -> None:
    if model.model:
        out.print("  " + _("model file: {name}").format(name=model.model))
    if note := model.notes.get(language()) or next(iter(model.notes.values()), ""):
        out.print("  " + shown_wide(note))


def shown_wide(text: object) -> str:
    """A hostile text as printable lines of bounded length."""
    cut = str(text)[:2000]
    return "".join(c if c.isprintable() else "\ufffd" for c in cut)
