"""Which addresses a scan asks: bounded, each once, in no order."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from random import SystemRandom
from typing import Final

from hallwatch.console import _

MOST: Final = 1 << 16
"""Addresses in all, as many as a /16 has, where nobody allows more."""
MOST_V6: Final = 1 << 12
"""Addresses of an IPv6 prefix: a hall's own /64 has more than a lifetime of packets."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadRange(Exception):
    """Ranges that are not scanned; the text says why."""


def networks_of(texts: Sequence[str], most: int = MOST) -> list[Network]:
    """The networks of `10.1.1.0/24`, `10.1.1.9`; raises `BadRange` where one is none or all are too large."""
    networks = [_network(text) for text in texts]
    size = sum(network.num_addresses for network in networks)
    if size > most:
        said = _("{n} addresses are more than the {most} that a scan takes; name smaller ranges, or allow it by --most")
        raise BadRange(said.format(n=size, most=most))
    return networks


def _network(text: str) -> Network:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadRange(_("{text} is no range such as 10.1.1.0/24").format(text=_shown(text))) from None
    if network.is_multicast or network.is_unspecified or network.network_address.is_multicast:
        raise BadRange(_("{text} is a range where no device is").format(text=network))
    if network.version == 6 and network.num_addresses > MOST_V6:
        said = _("{text} is too large to be asked one by one; of IPv6 a prefix of /{length} or longer is taken")
        raise BadRange(said.format(text=network, length=129 - MOST_V6.bit_length()))
    return network


def addresses_of(networks: Sequence[Network]) -> list[str]:
    """Every host address of them once, shuffled, so that no hall's line gets them in a row."""
    found = list(dict.fromkeys(str(host) for network in networks for host in network.hosts()))
    SystemRandom().shuffle(found)
    return found


def _shown(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:60])
