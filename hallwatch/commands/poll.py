"""`hallwatch poll`: ask one device now, or judge a recorded walk; show each answer and how the verdict came about."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from collector.kind import Kind, kind_of
from collector.poll import Polled, poll_once
from collector.resolve import resolved_now
from collector.target import Target, targets_of
from collector.walkfile.file import BadWalk, read_walk
from collector.wire import Wire
from hallwatch.compose import known_kinds, now_ms, open_store
from hallwatch.console import AsJson, Config, _, err, fail, log_to_terminal, out, show_json
from hallwatch.inventory import Rules, judge, read_file
from hallwatch.inventory.faults import near_miss, shown
from hallwatch.polled import document_of, shown_wide, tell
from hallwatch.settings_file import Loaded, load
from hallwatch.walk_record import BadRecord, Recording, record
from hallwatch.walked import judged, proposed, target_of_walk
from store.city import City, city_of
from store.database import reading
from store.inventory import load as load_city
from store.inventory import target_of

DeviceId = Annotated[str | None, typer.Argument(metavar="DEVICE", help=_("The device's asset number"))]
Within = Annotated[float, typer.Option("--within", help=_("Seconds that it may take"), min=0.1, max=60)]
WalkFile = Annotated[
    Path | None,
    typer.Option("--walk", metavar="FILE", help=_("Judge a recorded walk (snmpwalk -On, .snmprec) instead")),
]
KindName = Annotated[str | None, typer.Option("--kind", help=_("Of what kind the recorded device is"))]
ModelName = Annotated[str | None, typer.Option("--model", help=_("The model file to judge the walk by"))]
RecordFile = Annotated[
    Path | None, typer.Option("--record", metavar="FILE", help=_("Walk the device and write a file that --walk reads"))
]
Subtrees = Annotated[list[str] | None, typer.Option("--subtree", metavar="OID", help=_("Record this beside the usual"))]
Names = Annotated[
    bool, typer.Option("--with-names", help=_("Record serial numbers, addresses and names too, not only their length"))
]


def poll(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    device: DeviceId = None,
    config: Config = None,
    within: Within = 5.0,
    walk: WalkFile = None,
    kind: KindName = None,
    model: ModelName = None,
    record_to: RecordFile = None,
    subtree: Subtrees = None,
    with_names: Names = False,
    as_json: AsJson = False,
) -> None:
    """Poll one device now, or judge a recorded walk; show each answer, and how the verdict came about."""
    if (device is None) == (walk is None):
        _wrong(_("Name either a DEVICE or a recorded walk by --walk FILE."))
    if (kind or model) and walk is None:
        _wrong(_("--kind and --model belong to --walk; a device's are in the inventory."))
    if record_to is not None and device is None:
        _wrong(_("--record walks a DEVICE; a recorded walk is recorded already."))
    if record_to is not None and record_to.exists():
        _wrong(_("{file} is there already; name another file.").format(file=record_to))
    if (subtree or with_names) and record_to is None:
        _wrong(_("--subtree and --with-names belong to --record."))
    log_to_terminal(logging.ERROR)  # standard output is the poll's; a step says what was left out
    loaded = load(config)
    kinds = known_kinds(loaded)
    if walk is not None:
        _judge_walk(walk, kinds, kind, model, as_json)
    elif record_to is not None:
        target, of = _target(device or "", loaded, kinds)
        _record(target, of, Recording(record_to, tuple(subtree or ()), with_names))
    else:
        _poll(*_target(device or "", loaded, kinds), kinds, within, as_json)


def _wrong(message: str) -> NoReturn:
    fail(message, 2)


def _target(device: str, loaded: Loaded, kinds: Mapping[str, Kind]) -> tuple[Target, Kind]:
    city = known_city(loaded, kinds)
    if device not in city.devices:
        fail(_("No device {device} in the inventory.").format(device=shown(device)) + _hint(device, city.devices))
    part = {"devices": [target_of(city, city.devices[device])]}
    target = resolved_now(targets_of(part).targets[0])
    kind = kind_of(kinds, target.kind, target.model)
    if kind is None:
        fail(_("No kind {kind} is known here.").format(kind=shown(target.kind)))
    return target, kind


def _hint(word: str, known: Mapping[str, object]) -> str:
    near = near_miss(word, known)
    return " " + _("(did you mean {word}?)").format(word=shown(near)) if near else ""


def _poll(target: Target, kind: Kind, kinds: Mapping[str, Kind], within: float, as_json: bool) -> None:
    polled, strays = asyncio.run(_polled(target, kind, within))
    if as_json:
        show_json(document_of(target, kind, kinds, polled))
    else:
        tell(target, kind, kinds, polled, strays)
    if polled.state == "unknown":
        raise typer.Exit(1)


async def _polled(target: Target, kind: Kind, within: float) -> tuple[Polled, dict[str, int]]:
    """The poll, and counts of all that came in by SNMP meanwhile."""
    wire = Wire()
    try:
        polled = await poll_once(target, kind, now_ms(), within, wire=wire, explain=True)
        return polled, wire.engine.counts.read()
    finally:
        wire.close()


def _judge_walk(file: Path, kinds: Mapping[str, Kind], name: str | None, model: str | None, as_json: bool) -> None:
    try:
        walk = read_walk(file)
    except BadWalk as error:
        fail(str(error))
    if name is None:
        guess = asyncio.run(proposed(walk, kinds))
        if guess.kind is None:
            fail(
                _("The walk does not say of what kind the device is; name it by --kind: {known}").format(
                    known=_names(kinds)
                )
            )
        name = guess.kind
        err.print(
            _("Taken for the kind {kind}: {reason}; another by --kind.").format(kind=name, reason=_(guess.reason))
        )
    kind = _kind(kinds, name, model)
    target = target_of_walk(file.name, name, model)
    polled = asyncio.run(judged(walk, target, kind, now_ms()))
    if as_json:
        show_json(document_of(target, kind, kinds, polled))
    else:
        tell(target, kind, kinds, polled)
    if polled.state == "unknown":
        raise typer.Exit(1)


def _names(kinds: Mapping[str, Kind]) -> str:
    return ", ".join(sorted(name for name in kinds if "/" not in name))


def _kind(kinds: Mapping[str, Kind], name: str, model: str | None) -> Kind:
    plain = {key: kind for key, kind in kinds.items() if "/" not in key}
    if name not in plain:
        fail(_("No kind {kind} is known here.").format(kind=shown(name)) + _hint(name, plain))
    if model is None:
        return plain[name]
    if (kind := kinds.get(f"{name}/{model}")) is None:
        models = {key.partition("/")[2]: key for key in kinds if key.startswith(f"{name}/")}
        fail(
            _("No model file {model} of the kind {kind}.").format(model=shown(model), kind=name) + _hint(model, models)
        )
    return kind


def _record(target: Target, kind: Kind, recording: Recording) -> None:
    try:
        done = asyncio.run(record(target, kind, recording))
    except BadRecord as error:
        fail(str(error))
    out.print(_("{n} objects written to {file}.").format(n=done.objects, file=recording.file))
    for oid, reason in done.broken.items():
        err.print(_("The walk of {oid} broke off: {reason}").format(oid=oid, reason=shown_wide(reason)), style="yellow")
    if not recording.names:
        out.print(_("Serial numbers, addresses and names were left out; look through the file before you send it."))


def known_city(loaded: Loaded, kinds: Mapping[str, Kind]) -> City:
    """The configured files where there are any and they are right, else what was imported."""
    settings = loaded.settings
    if settings.inventory.files:
        files = [read_file(loaded.path(file)) for file in settings.inventory.files]
        names = {name: kind.interval_s for name, kind in kinds.items() if "/" not in name}
        document = judge(files, Rules(names, settings.site.zone, settings.collector.id)).document
        if document is not None:
            return city_of(document, settings.collector.id)
        err.print(
            _("The inventory's files have faults (hallwatch check): what was imported last is used."), style="yellow"
        )
    file = loaded.database_url().removeprefix("sqlite:///")
    if file != loaded.database_url() and not Path(file).exists():
        return City()  # a question makes no database
    with reading(open_store(loaded)) as conn:
        return load_city(conn)
