"""The inventory file's lists and their keys, as the contract names them."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final

from collector.host_name import is_host_name
from hallwatch.inventory.contract import contract
from hallwatch.inventory.escalation import recipient
from hallwatch.inventory.faults import N_
from hallwatch.inventory.node import Node
from hallwatch.inventory.shape import Field, Reader, Site, either, listed, mapping, record, scalar
from hallwatch.inventory.values import choice, chosen, duration, identifier, is_reference, moment, number, secret, text

LISTS: Final = ("branches", "halls", "vendors", "contracts", "devices")
HALL_KINDS: Final = ("own", "built", "other", "office")
_CHECK: Final = re.compile(r"icmp|snmp|mqtt|tcp:(\d{1,5})|https?:(\d{1,5})(/[!-~]{0,256})?")
_NOTIFY: Final = re.compile(r"https://\S{1,480}|(env|file):\S{1,480}")
_DAY_KEY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def shapes(kinds: Collection[str]) -> dict[str, Reader]:
    """The reader of each key of the file; a device's kind is one of `kinds`."""
    branch = {"id": Field(identifier, True), "name": Field(text())}
    hall = {
        "id": Field(identifier, True),
        "name": Field(text()),
        "branch": Field(identifier),
        "kind": Field(choice(*HALL_KINDS), default=lambda: "own"),
        "calendar": Field(identifier),
        "gateway": Field(identifier),
        "collector": Field(identifier),
    }
    vendor = {"id": Field(identifier, True), "name": Field(text()), "notify": Field(listed(notify, 64), default=list)}
    return {
        "calendars": mapping(identifier, record(_CALENDAR)),
        "branches": listed(record(branch)),
        "halls": listed(record(hall)),
        "vendors": listed(record(vendor)),
        "contracts": listed(record(contract(kinds)), 2000),
        "devices": listed(record(_device(kinds))),
    }


def _device(kinds: Collection[str]) -> dict[str, Field]:
    return {
        "id": Field(identifier, True),
        "kind": Field(chosen(kinds, N_("unknown kind {value}; known are {allowed}")), True),
        "hall": Field(identifier, True),
        "address": Field(address),
        "model": Field(text()),
        "serial": Field(text(128)),
        "mac": Field(text(32)),
        "vendor": Field(identifier),
        "parent": Field(identifier),
        "collector": Field(identifier),
        "interval": Field(duration(1, 86400)),
        "commissioned": Field(moment),
        "retired": Field(moment),
        "asset_owner": Field(text()),
        "checks": Field(listed(check, 16)),
        "processes": Field(listed(text(64), 16)),
        "snmp": Field(record(_SNMP)),
    }


def address(node: Node, site: Site) -> str | None:
    """An IP address or a host name."""
    value = scalar(node, site)
    if value is not None and not _leads_somewhere(value):
        site.fault(node.line, N_("{value} is neither an IP address nor a host name"), value=value)
        return None
    return value


def _leads_somewhere(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return is_host_name(value)
    return True


def check(node: Node, site: Site) -> str | None:
    """`icmp`, `snmp`, `mqtt`, `tcp:PORT`, `http:PORT/PATH` or `https:PORT/PATH`."""
    value = scalar(node, site)
    if value is None:
        return None
    found = _CHECK.fullmatch(value)
    port = int(found[1] or found[2] or 1) if found else 0
    if not 1 <= port <= 65535:
        near = site.faults.near(value, ("icmp", "snmp", "mqtt", "tcp:9100", "http:8080/path", "https:8443/path"))
        message = N_("unknown check {value}; known are icmp, snmp, mqtt, tcp:9100, http:8080/path")
        site.fault(node.line, message, near, value=value)
        return None
    return value


def notify(node: Node, site: Site) -> str | None:
    """Where a vendor is told: a recipient, an `https://` address, or a reference to one that holds a secret."""
    if node.shape == "scalar" and _NOTIFY.fullmatch(node.text):
        return node.text
    value = recipient(node, site)
    if value is not None and value.startswith("rota:"):
        site.fault(node.line, N_("only a contract has rotas; write its recipients here"))
        return None
    return value


def community(node: Node, site: Site) -> str | None:
    """A community, by reference; in plain text it is taken with a warning that never shows it."""
    value = scalar(node, site)
    if value is None:
        return None
    if not value or len(value) > 255 or not value.isprintable():
        site.fault(node.line, N_("a community of 1 to 255 printable characters is wanted"))
        return None
    if not is_reference(value):
        site.warn(node.line, N_("a community in plain text; better env:NAME or file:PATH"))
    return value


def _spans(node: Node, site: Site) -> Any:
    """`closed`, or a list of spans such as 08:30-18:00; the calendar itself judges them."""
    return either("list", listed(text(32), 48), choice("closed"))(node, site)


def _day(node: Node, site: Site) -> str | None:
    if _DAY_KEY.fullmatch(node.text):
        return node.text
    site.fault(node.line, N_("{value} is no date such as 2026-10-01"), value=node.text)
    return None


_CALENDAR: Final = {
    "zone": Field(text(64)),
    "week": Field(mapping(text(32), _spans), True, dict),
    "holidays": Field(choice("none", "cn"), default=lambda: "none"),
    "dates": Field(mapping(_day, _spans), default=dict),
}
_SNMP: Final = {
    "version": Field(choice("1", "2c", "3"), default=lambda: "2c"),
    "port": Field(number("1", "65535"), default=lambda: Decimal(161)),
    "community": Field(community),
    "user": Field(text(64)),
    "auth": Field(choice("md5", "sha", "sha224", "sha256", "sha384", "sha512")),
    "auth_key": Field(secret),
    "priv": Field(choice("des", "aes", "aes192", "aes256")),
    "priv_key": Field(secret),
}
