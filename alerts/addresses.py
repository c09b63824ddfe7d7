"""Which addresses a message may go to: the world's, and what the operator allows by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

_WORLD6: Final = IPv6Network("2000::/3")
_CLOSED: Final = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # between carriers; clouds keep metadata here, too
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services under a public address
        "169.254.0.0/16",  # link-local and metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: any IPv4 address within
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_HOST: Final = re.compile(r"[a-z0-9._-]{1,253}")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator allows beside the world's: hosts by name, networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[str, ...] = ()

    def takes(self, host: str, address: Address) -> bool:
        """Whether `address`, which `host` was resolved to, may be connected to."""
        if host.lower().rstrip(".") in self.hosts or in_the_world(address):
            return True
        plain = _plain(address)
        return any(plain in ip_network(one) for one in self.networks)


def allowed(entries: Iterable[str]) -> Allowed:
    """Read `host`, `10.0.0.7` or `10.0.0.0/8`. Raises ValueError for what is none of them."""
    hosts, networks = set(), []
    for entry in entries:
        try:
            networks.append(str(ip_network(entry.strip().strip("[]"))))
        except ValueError:
            host = entry.strip().lower().rstrip(".")
            if not _HOST.fullmatch(host) or host.replace(".", "").isdigit():
                raise ValueError("neither a host's name nor a network such as 10.1.0.0/16") from None
            hosts.add(host)
    return Allowed(frozenset(hosts), tuple(networks))


def in_the_world(address: Address) -> bool:
    """Whether an address is a public one of a single host."""
    plain = _plain(address)
    if isinstance(plain, IPv6Address) and plain not in _WORLD6:
        return False
    return not any(plain in one for one in _CLOSED if one.version == plain.version)


def address_of(text: str) -> Address:
    """The address in what a resolver answers, without its zone. Raises ValueError."""
    return ip_address(text.partition("%")[0])


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for where it is mapped, else itself."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
