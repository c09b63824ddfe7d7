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
from hallwatch.poll_advice import advice
from sla.supplies import Supply, supplies_of

_IDENTITY: Final = ("identity.object_id", "identity.descr", "identity.name", "identity.mac", "serial")
_WORDS_OF_WHY: Final = (
    N_("cannot judge"), N_("nothing answered"), N_("not asked"), N_("no check could be made"), N_("no bit set"),
    N_("(no octets)"), N_("stops the device"), N_("state"), N_("rule"),
)  # fmt: skip
"""What `collector.verdict` says beside conditions, causes and states."""
_NO_STRAYS: Final[Mapping[str, int]] = {}
_QUALITIES: Final = {
    "exact": N_("of unknown capacity"),
    "some": N_("some is left"),
    "unknown": N_("not known"),
    "unrestricted": N_("no limit"),
}


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


def tell(
    target: Target, kind: Kind, kinds: Mapping[str, Kind], polled: Polled, strays: Mapping[str, int] = _NO_STRAYS
) -> None:
    """Each request, each answer, and how the verdict came about; `strays` as in `advice`."""
    out.print(f"{target.device}  {target.kind}  {target.address}".rstrip(), style="bold")
    for step in polled.steps:
        took = "" if step.took_ms is None else f"  ({step.took_ms:.1f} ms)"
        out.print(f"{step.at_ms:8.1f} ms  {step.check}: {shown_wide(step.request)}")
        out.print(f"             → {shown_wide(step.answer)}{took}")
    for name, value in polled.values.items():
        out.print(f"  {name} = {shown_wide(value)}")
    for one in supplies_of(polled.values):
        out.print(f"  {_told(one)}")
    model = model_of(target, kind, kinds, polled.values)
    for line in polled.why:
        out.print("  " + shown_wide(_worded(model, line)))
    _tell_notes(model)
    if lacking := _lacking(model, polled):
        out.print("  " + _("not said: {names}").format(names=", ".join(lacking)))
    if next_step := advice(target.checks or model.checks, model, polled, strays):
        out.print("  " + _(next_step))
    out.print(
        _verdict(model, polled), style={"up": "green", "degraded": "yellow", "down": "red"}.get(polled.state, "cyan")
    )


def _worded(model: Kind, line: str) -> str:
    """A line of `why` in the words and with the marks of this terminal's language; what has no words stays."""
    return _(": ").join(
        _(", ").join(_called(model, word) for word in part.split(", ")) if part else part for part in line.split(": ")
    )


def _verdict(model: Kind, polled: Polled) -> str:
    """State, conditions and cause in the words and with the marks of this terminal's language."""
    said = _(polled.state)
    if polled.conditions:
        listed = _(", ").join(_called(model, condition) for condition in polled.conditions)
        said = _("{state}: {conditions}").format(state=said, conditions=listed)
    return _("{said} ({cause})").format(said=said, cause=_(polled.cause)) if polled.cause else said


def _called(kind: Kind, condition: str) -> str:
    """A condition in words: ours, else those of its kind's file."""
    ours, own = _(condition), kind.words.get(condition)
    return own.get(language()) or next(iter(own.values())) if own and ours == condition else ours


def _lacking(model: Kind, polled: Polled) -> list[str]:
    """The single values that an agent was asked for and did not say; none where it said nothing at all."""
    return [name for name in model.get if name not in polled.values] if model.get.keys() & polled.values.keys() else []


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
