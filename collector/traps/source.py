"""Where traps may come from: the addresses of the inventory, each with its devices, what they know and their share."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from hmac import compare_digest
from typing import NamedTuple

from collector.target import Snmp, Target


class Bucket:
    """At most `most` at once and `per_s` in a second on the average."""

    __slots__ = ("_at", "_left", "_most", "_per_s")

    def __init__(self, per_s: float, most: float) -> None:
        self._per_s, self._most = per_s, most
        self._left, self._at = most, float("-inf")

    def take(self, now: float) -> bool:
        """Whether there is one left at `now` (seconds of a steady clock); it is used up."""
        self._left = min(self._most, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Device(NamedTuple):
    """A device at an address; `snmp` None: only the collector's own communities and users count."""

    id: str
    snmp: Snmp | None


class Source:
    """One address; `share` is what it may make us read."""

    __slots__ = ("address", "devices", "share")

    def __init__(self, address: str, devices: tuple[Device, ...], share: Bucket) -> None:
        self.address, self.devices, self.share = address, devices, share

    def knowing(self, community: bytes, others: Iterable[bytes]) -> list[str]:
        """Devices here whose community this is; all of them where it is one of `others`."""
        if any(compare_digest(community, other) for other in others):
            return [device.id for device in self.devices]
        return [
            device.id
            for device in self.devices
            if device.snmp is not None
            and device.snmp.version != "3"
            and compare_digest(device.snmp.community.encode(), community)
        ]

    def users(self, others: Iterable[Snmp]) -> list[Snmp]:
        """Whose messages of version 3 may come from here."""
        return [one.snmp for one in self.devices if one.snmp is not None and one.snmp.version == "3"] + list(others)


def sources(targets: Iterable[Target], known: Mapping[str, Source], share: tuple[float, float]) -> dict[str, Source]:
    """By address as the kernel writes it, one of version 4 also as an IPv6 socket has it; `share`: see `Bucket`.

    A device whose address is no IP address has no source. What an address used up of its share stays used up.
    """
    devices: dict[str, list[Device]] = {}
    for target in targets:
        try:
            address = ipaddress.ip_address(target.address)
        except ValueError:
            continue
        devices.setdefault(str(address), []).append(Device(target.device, target.snmp))
    found: dict[str, Source] = {}
    for name, here in devices.items():
        before = known.get(name)
        source = Source(name, tuple(here), before.share if before else Bucket(*share))
        found[name] = source
        if "." in name and ":" not in name:
            found[f"::ffff:{name}"] = source
    return found
