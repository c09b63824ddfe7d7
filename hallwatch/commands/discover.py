"""`hallwatch discover CIDR…`: a gentle scan: what is there, proposed inventory lines, what changed (O9)."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from collector.icmp.pinger import GRANT
from collector.wire import Wire
from hallwatch.commands.poll import known_city
from hallwatch.compose import known_kinds, now_ms
from hallwatch.console import AsJson, Config, _, err, fail, log_to_terminal, out, show_json
from hallwatch.discover.arp import neighbours
from hallwatch.discover.asking import Manner, Tcp
from hallwatch.discover.changes import Compared, compare, order
from hallwatch.discover.credentials import MOST, BadCredential, Credential, of_inventory, of_options
from hallwatch.discover.document import Scanned, document_of
from hallwatch.discover.found import Found
from hallwatch.discover.known import BadScan, Known, of_city, of_scan
from hallwatch.discover.pace import Pace
from hallwatch.discover.proposal import Frame, proposal
from hallwatch.discover.ranges import MOST as MOST_ADDRESSES
from hallwatch.discover.ranges import BadRange, addresses_of, networks_of
from hallwatch.discover.scan import scan
from hallwatch.discover.telling import tell_changes, tell_found
from hallwatch.settings_file import Loaded, load
from store.city import City

_TCP: Final[tuple[Tcp, ...]] = ("always", "silent", "never")

Ranges = Annotated[list[str], typer.Argument(metavar="CIDR…", help=_("Ranges such as 10.1.1.0/24, or addresses"))]
Communities = Annotated[
    list[str] | None, typer.Option("--community", help=_("env:NAME or file:PATH, or public; several are tried in turn"))
]
Users = Annotated[
    list[str] | None,
    typer.Option("--user", help=_("SNMP v3: user=NAME,auth=sha,auth_key=env:A,priv=aes,priv_key=env:P")),
]
Port = Annotated[int, typer.Option("--port", help=_("UDP port of the SNMP agents"), min=1, max=65535)]
Old = Annotated[bool, typer.Option("--v1", help=_("Ask in SNMP version 1 too, which old print servers want"))]
Rate = Annotated[float, typer.Option("--rate", help=_("Packets a second at most"), min=1, max=2000)]
Timeout = Annotated[float, typer.Option("--timeout", help=_("Seconds to wait for each answer"), min=0.1, max=10)]
Most = Annotated[int, typer.Option("--most", help=_("Addresses at most"), min=1, max=1 << 20)]
TcpWhen = Annotated[str, typer.Option("--tcp", help=_("When TCP ports are tried: always, silent (no SNMP), never"))]
HallId = Annotated[str | None, typer.Option("--hall", help=_("The hall of everything that is new"))]
File = Annotated[
    Path | None, typer.Option("--inventory", metavar="FILE", help=_("Write proposed inventory lines there (- : here)"))
]
Since = Annotated[
    Path | None, typer.Option("--since", metavar="FILE", help=_("Compare with an earlier --json, not the inventory"))
]


class _Before(NamedTuple):
    """What is known before the scan."""

    city: City
    known: Sequence[Known]
    credentials: Sequence[Credential]
    own: Mapping[str, int]  # address -> its device's credential


class _Asking(NamedTuple):
    """How devices are asked: by what, packets a second, seconds for an answer, when TCP ports are tried."""

    communities: Sequence[str]
    users: Sequence[str]
    port: int
    old: bool
    rate: float
    timeout: float
    tcp: Tcp


class _Wanted(NamedTuple):
    """Where to look, at how many addresses at most, and what becomes of what is found."""

    ranges: Sequence[str]
    most: int
    hall: str | None
    inventory: Path | None
    since: Path | None
    as_json: bool


def discover(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    ranges: Ranges,
    config: Config = None,
    community: Communities = None,
    user: Users = None,
    port: Port = 161,
    old: Old = False,
    rate: Rate = 50.0,
    timeout: Timeout = 1.0,
    most: Most = MOST_ADDRESSES,
    tcp: TcpWhen = "silent",
    hall: HallId = None,
    inventory: File = None,
    since: Since = None,
    as_json: AsJson = False,
) -> None:
    """Look what is in a network: who answers, of what kind it is, and what differs from the inventory."""
    if inventory is not None and inventory.exists():
        fail(_("{file} is there already; a proposal goes into a file of its own.").format(file=inventory), 2)
    log_to_terminal(logging.ERROR)  # standard output is the result's
    asking = _Asking(community or (), user or (), port, old, rate, timeout, _when(tcp))
    _discover(load(config), _Wanted(ranges, most, hall, inventory, since, as_json), asking)


def _when(word: str) -> Tcp:
    for when in _TCP:
        if when == word:
            return when
    raise typer.BadParameter(_("one of: {known}").format(known=", ".join(_TCP)), param_hint="--tcp")


def _discover(loaded: Loaded, wanted: _Wanted, asking: _Asking) -> None:
    kinds = known_kinds(loaded)
    try:
        networks = networks_of(wanted.ranges, wanted.most)
        options = of_options(asking.communities, asking.users, asking.port, asking.old)
        before = _before(known_city(loaded, kinds), options, wanted.since, (asking.port, asking.old))
    except (BadRange, BadCredential, BadScan) as error:
        fail(str(error), 1 if isinstance(error, BadScan) else 2)
    begun = now_ms()
    pace = Pace(asking.rate)
    manner = Manner(before.credentials, pace, asking.timeout, asking.tcp, kinds)
    addresses = addresses_of(networks)
    found, pinged, whole = _run(addresses, manner, before)
    scanned = Scanned(begun, tuple(map(str, networks)), len(addresses), len(found), pace.sent, pinged)
    compared = compare(found, before.known, addresses if whole else [host.address for host in found])
    zone = ZoneInfo(loaded.settings.site.zone)
    frame = Frame(before.known, before.credentials, wanted.hall, tuple(before.city.halls), zone)
    _show(scanned, found, compared, frame, wanted.inventory, wanted.as_json)
    _end(whole, compared, before.known)


def _before(city: City, options: Sequence[Credential], since: Path | None, usual: tuple[int, bool]) -> _Before:
    """The devices of the inventory (or of an earlier scan), and the credentials: options, then those that it names."""
    known = of_city(city, now_ms()) if since is None else of_scan(since)
    named, wrong = of_inventory(entry for one in of_city(city, now_ms()) if (entry := one.entry.get("snmp")))
    for text in wrong:
        err.print(_("not tried: {reason}").format(reason=text), style="yellow")
    credentials = [*options, *(one for one in named if one.snmp not in [option.snmp for option in options])]
    credentials = credentials or of_options(["public"], (), *usual)
    places = {one.snmp: place for place, one in enumerate(credentials)}
    own: dict[str, int] = {}
    for one in of_city(city, now_ms()):
        entry = one.entry.get("snmp")
        mine = of_inventory([entry])[0] if entry else []
        if one.address and mine:
            own[one.address] = places[mine[0].snmp]
    return _Before(city, known, credentials, own)


def _run(addresses: Sequence[str], manner: Manner, before: _Before) -> tuple[list[Found], bool, bool]:
    """The results by address, whether ping could be used, and whether the scan came to its end."""
    found: list[Found] = []
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err
    )
    with bar if err.is_terminal else nullcontext():
        task = bar.add_task(_("asked"), total=len(addresses))

        def done(host: Found) -> None:
            found.append(host)
            bar.advance(task)

        pinged, whole = asyncio.run(_scan(addresses, manner, before, done))
    macs = neighbours()
    seen = [replace(host, mac=macs.get(host.address, "")) for host in found]
    return sorted(seen, key=lambda host: order(host.address)), pinged, whole


async def _scan(
    addresses: Sequence[str], manner: Manner, before: _Before, done: Callable[[Found], None]
) -> tuple[bool, bool]:
    wire = Wire()
    loop = asyncio.get_running_loop()
    every = range(min(len(manner.credentials), MOST))

    def places(address: str) -> list[int]:
        return list(dict.fromkeys(([before.own[address]] if address in before.own else []) + list(every)))

    pinged = all(wire.pinger.can(address) for address in addresses[:1])
    if not pinged:
        err.print(
            _("No right to ping here, so only SNMP and TCP are asked: {grant}").format(grant=GRANT), style="yellow"
        )
    work = asyncio.ensure_future(scan(addresses, places, manner, wire, done))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, work.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await work
        return pinged, not work.cancelled()
    finally:
        wire.close()


def _show(
    scanned: Scanned, found: list[Found], compared: Compared, frame: Frame, inventory: Path | None, as_json: bool
) -> None:
    here = inventory is not None and str(inventory) == "-"
    if as_json:
        show_json(document_of(scanned, found, compared, frame.credentials))
    elif not here:
        tell_found(out, found, compared)
        tell_changes(out, compared.changes if frame.known else [])
    if inventory is not None:
        _write(proposal(found, compared, frame), None if here else inventory)
    alive = sum(host.alive for host in found)
    said = _("{asked} of {total} addresses asked, {alive} answer, {packets} packets sent.")
    figures = {"asked": scanned.asked, "total": scanned.total, "alive": alive, "packets": scanned.packets}
    err.print(said.format(**figures))


def _write(text: str, file: Path | None) -> None:
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(_("{file} cannot be written: {error}").format(file=file, error=error.strerror))


def _end(whole: bool, compared: Compared, known: Sequence[Known]) -> None:
    if not whole:
        err.print(_("Stopped: this is what was found so far."), style="yellow")
        raise typer.Exit(130)
    if known and compared.changes:
        raise typer.Exit(1)
