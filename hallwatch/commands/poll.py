"""`hallwatch poll DEVICE`: ask one device now, and show each request, each answer, and how the verdict came about."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from collector.kind import Kind, kind_of
from collector.observation import render_instant
from collector.poll import Polled, poll_once
from collector.target import Target, targets_of
from hallwatch.compose import known_kinds, now_ms, open_store
from hallwatch.console import AsJson, Config, _, fail, out, show_json
from hallwatch.inventory import Rules, judge, read_file
from hallwatch.inventory.faults import near_miss, shown
from hallwatch.settings_file import Loaded, load
from store.city import City, city_of
from store.database import reading
from store.inventory import load as load_city
from store.inventory import target_of

DeviceId = Annotated[str, typer.Argument(metavar="DEVICE", help=_("The device's asset number"))]
Within = Annotated[float, typer.Option("--within", help=_("Seconds that it may take"), min=0.1, max=60)]


def poll(device: DeviceId, config: Config = None, within: Within = 5.0, as_json: AsJson = False) -> None:
    """Poll one device now; show each request, answer, and how the verdict came about."""
    loaded = load(config)
    kinds = known_kinds(loaded)
    city = _city(loaded, kinds)
    if device not in city.devices:
        near = near_miss(device, city.devices)
        hint = " " + _("(did you mean {word}?)").format(word=near) if near else ""
        fail(_("No device {device} in the inventory.").format(device=shown(device)) + hint)
    part = {"devices": [target_of(city, city.devices[device])]}
    target = targets_of(part).targets[0]
    kind = kind_of(kinds, target.kind, target.model)
    if kind is None:
        fail(_("No kind {kind} is known here.").format(kind=shown(target.kind)))
    polled = asyncio.run(poll_once(target, kind, now_ms(), within, explain=True))
    if as_json:
        show_json(_document(polled))
    else:
        _tell(target, polled)
    if polled.state == "unknown":
        raise typer.Exit(1)


def _city(loaded: Loaded, kinds: Mapping[str, Kind]) -> City:
    """The configured files where there are any and they are right, else what was imported."""
    settings = loaded.settings
    if settings.inventory.files:
        files = [read_file(loaded.path(file)) for file in settings.inventory.files]
        names = {name: kind.interval_s for name, kind in kinds.items() if "/" not in name}
        document = judge(files, Rules(names, settings.site.zone, settings.collector.id)).document
        if document is not None:
            return city_of(document, settings.collector.id)
    with reading(open_store(loaded)) as conn:
        return load_city(conn)


def _document(polled: Polled) -> dict[str, Any]:
    return {
        "device": polled.device,
        "ts": render_instant(polled.ts),
        "state": polled.state,
        "conditions": list(polled.conditions),
        "cause": polled.cause,
        "rtt_ms": polled.rtt_ms,
        "loss": polled.loss,
        "values": dict(polled.values),
        "steps": [step._asdict() for step in polled.steps],
        "why": list(polled.why),
    }


def _tell(target: Target, polled: Polled) -> None:
    out.print(f"{target.device}  {target.kind}  {target.address}", style="bold")
    for step in polled.steps:
        took = "" if step.took_ms is None else f"  ({step.took_ms:.1f} ms)"
        out.print(f"{step.at_ms:8.1f} ms  {step.check}: {shown_wide(step.request)}")
        out.print(f"             → {shown_wide(step.answer)}{took}")
    for name, value in polled.values.items():
        out.print(f"  {name} = {shown_wide(value)}")
    for line in polled.why:
        out.print(f"  {shown_wide(line)}")
    said = ", ".join(_(condition) for condition in polled.conditions)
    verdict = _(polled.state) + (f": {said}" if said else "") + (f" ({_(polled.cause)})" if polled.cause else "")
    out.print(verdict, style={"up": "green", "degraded": "yellow", "down": "red"}.get(polled.state, "cyan"))


def shown_wide(text: object) -> str:
    """A hostile text as printable lines of bounded length."""
    cut = str(text)[:2000]
    return "".join(c if c.isprintable() else "\ufffd" for c in cut)
