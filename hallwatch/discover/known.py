"""What was known before a scan: the inventory's devices, or what an earlier scan found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from collector.snmp.identity import is_serial, mac_of
from hallwatch.console import _
from store.city import City, Device

MAX_FILE: Final = 64 << 20
MAX_HOSTS: Final = 1 << 20


class BadScan(Exception):
    """A file that is no scan of ours; the text says why."""


class Known(NamedTuple):
    """One device as it was known: by its asset number, or by its address where a scan found it."""

    id: str
    address: str | None = None
    kind: str | None = None
    hall: str | None = None
    serial: str = ""
    macs: tuple[str, ...] = ()
    entry: Mapping[str, Any] = {}


def of_city(city: City, now: int) -> list[Known]:
    """The devices that the inventory has and that are in service at `now` (ms) or will be."""
    return [
        Known(
            device.id,
            device.address,
            device.kind,
            device.hall,
            serial_key(device.serial),
            tuple(filter(None, (mac_of(device.document.get("mac")),))),
            _own(device, city),
        )
        for device in city.devices.values()
        if device.gone_at is None and (device.retired is None or device.retired > now)
    ]


def _own(device: Device, city: City) -> Mapping[str, Any]:
    """The device's entry without the collector that is its hall's anyway."""
    hall = city.halls.get(device.hall)
    same = hall is not None and hall.collector == device.document.get("collector")
    return {key: value for key, value in device.document.items() if key != "collector" or not same}


def serial_key(serial: object) -> str:
    """A serial number as it is compared; "" where it says nothing."""
    text = serial.strip().upper() if isinstance(serial, str) else ""
    return text if is_serial(text) else ""


def of_scan(path: Path) -> list[Known]:
    """What `hallwatch discover --json` wrote once. Raises `BadScan`."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
        document = json.loads(raw) if len(raw) <= MAX_FILE else None
    except OSError as error:
        raise BadScan(_("{file} cannot be read: {error}").format(file=path, error=error.strerror)) from error
    except (ValueError, RecursionError):
        document = None
    hosts = document.get("found") if isinstance(document, dict) else None
    if not isinstance(hosts, list) or len(hosts) > MAX_HOSTS or not all(map(_is_host, hosts)):
        raise BadScan(_("{file} was not written by hallwatch discover --json").format(file=path))
    return [
        Known(
            host["address"],
            host["address"],
            host.get("kind") if isinstance(host.get("kind"), str) else None,
            serial=serial_key(host.get("serial")),
            macs=tuple(mac for text in _list(host.get("macs")) if (mac := mac_of(text))),
        )
        for host in hosts
    ]


def _list(value: object) -> list[Any]:
    return value[:64] if isinstance(value, list) else []


def _is_host(host: object) -> bool:
    return isinstance(host, dict) and isinstance(host.get("address"), str) and len(host["address"]) <= 64
