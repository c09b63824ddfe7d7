"""Of what kind a device is, by what it says, and why; never more than what the standards let conclude."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from collector.snmp.identity import Identity
from hallwatch.discover.found import Found
from hallwatch.inventory.faults import N_

_DOT_MATRIX: Final = range(6, 12)  # prtMarkerMarkTech (RFC 3805): the impact technologies
_COPIES: Final = re.compile(
    r"\b(copier|copy machine|MFP|multi-?function|all-in-one|scanner)\b|复印|复合机|多功能", re.IGNORECASE
)
_PRINTER_PORTS: Final = (9100, 515)
_LAYER_2, _LAYER_3 = 1 << 1, 1 << 2  # sysServices (RFC 3418)
_SWITCH_PORTS: Final = 4
FAMILIES: Final = (
    frozenset({"printer", "list_printer", "copier"}),
    frozenset({"pc", "kiosk", "queue", "handheld"}),
    frozenset({"switch", "router"}),
    frozenset({"ups"}),
)
"""Kinds that look alike from outside: what is of one family may be any kind of it."""


class Guess(NamedTuple):
    """The kind (None: it does not say) and why, a msgid."""

    kind: str | None
    reason: str


def guess(found: Found) -> Guess:
    """The kind of what answered."""
    if found.answers:
        return Guess(found.answers[0], N_("it has objects that only this kind is asked for"))
    if found.speaks:
        return _said(found.identity)
    if any(port in found.ports for port in _PRINTER_PORTS):
        return Guess("printer", N_("it takes print jobs (TCP 9100 or 515), SNMP is silent"))
    if found.ports:
        return Guess(None, N_("a web server answers, SNMP is silent"))
    return Guess(None, N_("it answers, but says nothing of itself"))


def _said(who: Identity) -> Guess:
    if who.printer:
        return _printer(who)
    if who.ups:
        return Guess("ups", N_("it has the UPS-MIB (RFC 1628)"))
    if who.bridge_ports >= _SWITCH_PORTS or (who.services & _LAYER_2 and who.interfaces >= _SWITCH_PORTS):
        return Guess("switch", N_("it bridges between ports (BRIDGE-MIB, sysServices)"))
    if who.processes:
        return Guess("pc", N_("it has processes (HOST-RESOURCES-MIB)"))
    if who.forwarding == 1 and who.services & _LAYER_3:
        return Guess("router", N_("it forwards IP (ipForwarding, sysServices)"))
    if who.ports >= 2 * _SWITCH_PORTS:
        return Guess("switch", N_("it has many Ethernet ports (IF-MIB)"))
    return Guess(None, N_("SNMP answers, but none of the MIBs that tell a kind"))


def _printer(who: Identity) -> Guess:
    if who.marking in _DOT_MATRIX:
        return Guess("list_printer", N_("it has the Printer-MIB and prints by impact (prtMarkerMarkTech)"))
    if _COPIES.search(f"{who.descr} {who.model}"):
        return Guess("copier", N_("it has the Printer-MIB and says that it copies or scans"))
    return Guess("printer", N_("it has the Printer-MIB"))


def alike(one: str, other: str) -> bool:
    """May a device of the kind `one` be told from outside for `other`? A kind of one's own may be anything."""
    family = next((family for family in FAMILIES if other in family), None)
    known = any(one in family for family in FAMILIES)
    return one == other or not known or family is None or one in family
