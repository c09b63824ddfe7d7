"""What changed (O9): identity is the asset number, serial number and MAC are evidence, the address is an attribute."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from hallwatch.discover.found import Found
from hallwatch.discover.guess import alike, guess
from hallwatch.discover.known import Known, serial_key

What = Literal["new", "moved", "also_at", "gone", "other_serial", "other_mac", "other_kind", "shared_address"]


class Change(NamedTuple):
    """One difference: `device` by its asset number (None: nobody knows it); `was` and `now` are addresses, serial
    numbers, MACs or kinds, as `what` says; of a shared address `now` is the other device.
    """

    what: What
    address: str
    device: str | None = None
    was: str = ""
    now: str = ""


class Compared(NamedTuple):
    """All differences, and which device each address turned out to be."""

    changes: list[Change]
    device_at: Mapping[str, Known]


def compare(found: Sequence[Found], known: Sequence[Known], addresses: Iterable[str]) -> Compared:
    """The differences between what answered and what was known; `addresses` are those that were asked.

    A serial number that several addresses answer with is one device with several addresses, a switch for instance. One
    whose serial number is known elsewhere has moved, even to where another was. Evidence weighs so: serial number, then
    MAC (unless the serial numbers differ: then a network card has), then the address.
    """
    asked = frozenset(addresses)
    alive = sorted((host for host in found if host.alive), key=lambda host: order(host.address))
    device_at = _evident(alive, known)
    taken = {one.id for one in device_at.values()}
    at_address = _unique(((one.address, one) for one in known), allow_several=True)
    for host in alive:
        one = at_address.get(host.address)
        if host.address not in device_at and one is not None and one.id not in taken:
            device_at[host.address] = one
            taken.add(one.id)
    changes = [change for host in alive for change in _of_host(host, device_at)]
    changes += [
        Change("gone", one.address or "", one.id) for one in known if one.id not in taken and one.address in asked
    ]
    return Compared([*changes, *_shared(known, asked)], device_at)


def _evident(alive: Sequence[Found], known: Sequence[Known]) -> dict[str, Known]:
    """The devices that say who they are, by the address at which they do."""
    serials = _unique((one.serial, one) for one in known)
    macs = _unique((mac, one) for one in known for mac in one.macs)
    device_at: dict[str, Known] = {}
    for host in alive:
        serial = serial_key(host.identity.serial)
        one = serials.get(serial) or next((macs[mac] for mac in host.macs if mac in macs), None)
        if one is not None and (not serial or not one.serial or one.serial == serial):
            device_at[host.address] = one
    return device_at


def _unique(pairs: Iterable[tuple[str | None, Known]], allow_several: bool = False) -> dict[str, Known]:
    """Devices by what only one of them has; `allow_several`: the first of them."""
    devices: dict[str, list[Known]] = {}
    for key, one in pairs:
        if key:
            devices.setdefault(key, []).append(one)
    return {key: ones[0] for key, ones in devices.items() if allow_several or len({one.id for one in ones}) == 1}


def _of_host(host: Found, device_at: Mapping[str, Known]) -> list[Change]:
    one = device_at.get(host.address)
    if one is None:
        return [Change("new", host.address)]
    changes = [*_place(host, one, device_at), *_evidence(host, one)]
    kind = guess(host).kind
    if kind is not None and one.kind is not None and not alike(one.kind, kind):
        changes.append(Change("other_kind", host.address, one.id, one.kind, kind))
    return changes


def _place(host: Found, one: Known, device_at: Mapping[str, Known]) -> list[Change]:
    if one.address is None or one.address == host.address:
        return []
    elsewhere = [address for address, other in device_at.items() if other.id == one.id and address != host.address]
    first = not elsewhere or (one.address not in elsewhere and order(host.address) < min(map(order, elsewhere)))
    return [Change("moved" if first else "also_at", host.address, one.id, one.address, host.address)]


def _evidence(host: Found, one: Known) -> list[Change]:
    serial = serial_key(host.identity.serial)
    if one.serial and serial:
        return [] if one.serial == serial else [Change("other_serial", host.address, one.id, one.serial, serial)]
    if one.macs and host.macs and not set(one.macs) & set(host.macs):
        return [Change("other_mac", host.address, one.id, one.macs[0], host.macs[0])]
    return []


def _shared(known: Sequence[Known], asked: Collection[str]) -> list[Change]:
    first: dict[str, Known] = {}
    changes = []
    for one in known:
        if one.address and one.address in asked and (other := first.setdefault(one.address, one)) is not one:
            changes.append(Change("shared_address", one.address, other.id, one.address, one.id))
    return changes


def order(address: str) -> tuple[int, ...]:
    """Addresses in their order, IPv4 before IPv6."""
    one = ipaddress.ip_address(address)
    return one.version, int(one)
