"""Who an agent says it is: one GET and a few short walks of what the standard MIBs say (RFC 3418, 2790, 3805, 6933)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from collector.reading import Raw, clean
from collector.snmp.session import NoAnswer

_ROWS: Final = 20  # of a walk: one GETBULK
_SINGLE: Final[Mapping[str, str]] = {
    "descr": "1.3.6.1.2.1.1.1.0",  # sysDescr
    "object_id": "1.3.6.1.2.1.1.2.0",
    "name": "1.3.6.1.2.1.1.5.0",
    "services": "1.3.6.1.2.1.1.7.0",
    "interfaces": "1.3.6.1.2.1.2.1.0",  # ifNumber
    "forwarding": "1.3.6.1.2.1.4.1.0",  # ipForwarding
    "bridge_address": "1.3.6.1.2.1.17.1.1.0",  # dot1dBaseBridgeAddress
    "bridge_ports": "1.3.6.1.2.1.17.1.2.0",  # dot1dBaseNumPorts
    "processes": "1.3.6.1.2.1.25.1.6.0",  # hrSystemProcesses
    "ups_maker": "1.3.6.1.2.1.33.1.1.1.0",  # upsIdentManufacturer
    "ups_model": "1.3.6.1.2.1.33.1.1.2.0",
    "ups_battery": "1.3.6.1.2.1.33.1.2.1.0",  # upsBatteryStatus: some name neither maker nor model
}
_WALKED: Final[Mapping[str, str]] = {
    "device_types": "1.3.6.1.2.1.25.3.2.1.2",  # hrDeviceType
    "device_names": "1.3.6.1.2.1.25.3.2.1.3",  # hrDeviceDescr
    "printer_names": "1.3.6.1.2.1.43.5.1.1.16",  # prtGeneralPrinterName
    "printer_serials": "1.3.6.1.2.1.43.5.1.1.17",  # prtGeneralSerialNumber
    "marking": "1.3.6.1.2.1.43.10.2.1.2",  # prtMarkerMarkTech
    "types": "1.3.6.1.2.1.2.2.1.3",  # ifType
    "mac_addresses": "1.3.6.1.2.1.2.2.1.6",  # ifPhysAddress
    "entity_serials": "1.3.6.1.2.1.47.1.1.1.1.11",  # entPhysicalSerialNum
    "entity_models": "1.3.6.1.2.1.47.1.1.1.1.13",  # entPhysicalModelName
}
_PRINTER: Final = "1.3.6.1.2.1.25.3.1.5"  # hrDevicePrinter
_ETHERNET: Final = (6, 62, 69, 117)  # ethernetCsmacd, fastEther, fastEtherFX, gigabitEthernet (IANAifType)
_NO_SERIALS: Final = frozenset({"", "UNKNOWN", "NONE", "N/A", "NA", "0", "NOT AVAILABLE", "NOT SPECIFIED"})


class Asked(Protocol):
    """As much of a session as is used here."""

    async def get(self, oids: Sequence[str], until: float) -> dict[str, Raw]: ...

    async def walk(self, oid: str, limit: int, until: float) -> list[tuple[str, Raw]]: ...


class Identity(NamedTuple):
    """What an agent said of itself; "" and 0 where it did not. `macs` are its interfaces', the first its own best;
    of its Ethernet `ports` at most the first 20 interfaces are counted.
    """

    object_id: str = ""
    descr: str = ""
    name: str = ""
    model: str = ""
    serial: str = ""
    macs: tuple[str, ...] = ()
    services: int = 0
    interfaces: int = 0
    ports: int = 0
    forwarding: int = 0
    bridge_ports: int = 0
    processes: int = 0
    ups: bool = False
    printer: bool = False
    marking: int = 0

    @property
    def enterprise(self) -> str:
        """The maker's number in sysObjectID (1.3.6.1.4.1.N), or ""."""
        found = re.match(r"1\.3\.6\.1\.4\.1\.(\d+)", self.object_id)
        return found[1] if found else ""


async def identify(session: Asked, until: float) -> Identity:
    """Ask who it is, until `until` (the loop's clock). Raises `NoAnswer`."""
    got = await _had(session, list(_SINGLE.values()), until)
    single = {name: got[oid] for name, oid in _SINGLE.items() if oid in got}
    return _identity(single, await _rows(session, until))


async def _rows(session: Asked, until: float) -> dict[str, list[Raw]]:
    """What the walks give; after one that is not answered no other is made."""
    rows: dict[str, list[Raw]] = {name: [] for name in _WALKED}
    for name, oid in _WALKED.items():
        try:
            rows[name] = [
                _oid(raw) if name == "device_types" else raw for _, raw in await session.walk(oid, _ROWS, until)
            ]
        except NoAnswer as error:
            rows[name] = [raw for _, raw in error.rows]
            break
    return rows


async def _had(session: Asked, oids: list[str], until: float) -> dict[str, Raw]:
    """Those that it has; version 1 refuses all for one that it lacks, so halve until the culprits stand alone."""
    got = await session.get(oids, until)
    if got or len(oids) < 2:
        return got
    half = len(oids) // 2
    return await _had(session, oids[:half], until) | await _had(session, oids[half:], until)


def _identity(single: Mapping[str, Raw], rows: Mapping[str, list[Raw]]) -> Identity:
    types, printers = rows["device_types"], rows["printer_names"] + rows["printer_serials"] + rows["marking"]
    bridge = single.get("bridge_address")
    macs = [mac for raw in [bridge, *rows["mac_addresses"]] if (mac := mac_of(raw))]
    object_id = single.get("object_id")
    return Identity(
        object_id=object_id[:256] if isinstance(object_id, str) else "",
        descr=_text(single.get("descr")),
        name=_text(single.get("name")),
        model=_model(single, rows),
        serial=next(filter(None, map(_serial, rows["printer_serials"] + rows["entity_serials"])), ""),
        macs=tuple(dict.fromkeys(macs)),
        **{name: _number(single.get(name)) for name in ("services", "interfaces", "forwarding", "processes")},
        ports=sum(kind in _ETHERNET for kind in rows["types"]),
        bridge_ports=_number(single.get("bridge_ports")),
        ups=any(name.startswith("ups_") for name in single),
        # PCs list the printers that they know as devices of theirs
        printer=bool(printers) or (_PRINTER in types and not _number(single.get("processes"))),
        marking=next((number for raw in rows["marking"] if (number := _number(raw)) > 2), 0),
    )


def _model(single: Mapping[str, Raw], rows: Mapping[str, list[Raw]]) -> str:
    """The printer's hrDeviceDescr, the UPS's model, the chassis's; "" where none says it."""
    printer = [name for kind, name in zip(rows["device_types"], rows["device_names"], strict=False) if kind == _PRINTER]
    ups = " ".join(filter(None, (_text(single.get("ups_maker")), _text(single.get("ups_model")))))
    texts = [*map(_text, printer), ups, *map(_text, rows["entity_models"]), *map(_text, rows["printer_names"])]
    return next(filter(None, texts), "")[:128]


def _text(raw: Raw) -> str:
    return clean(raw) if isinstance(raw, bytes | str) else ""


def _oid(raw: Raw) -> Raw:
    """Some say an OID as text, with a dot before it (Pantum)."""
    return clean(raw).removeprefix(".") if isinstance(raw, bytes) else raw


def _number(raw: Raw) -> int:
    return raw if isinstance(raw, int) and 0 <= raw < 1 << 32 else 0


def _serial(raw: Raw) -> str:
    text = _text(raw)
    return "" if not is_serial(text) else text[:128]


def is_serial(text: str) -> bool:
    """Whether it says which device it is: not empty, unknown, none, all of one digit."""
    bare = text.strip().upper()
    return bare not in _NO_SERIALS and len(set(bare) - set(" -.")) > 1


def mac_of(raw: object) -> str:
    """`00:1a:2b:3c:4d:5e` of six octets or of any usual spelling; "" where it is no single card's address."""
    if isinstance(raw, bytes):
        digits = raw.hex() if len(raw) == 6 else ""
    else:
        digits = re.sub(r"[-:. ]", "", raw).lower() if isinstance(raw, str) else ""
    if not re.fullmatch(r"[0-9a-f]{12}", digits) or digits in ("0" * 12, "f" * 12) or int(digits[1], 16) & 1:
        return ""
    return ":".join(digits[n : n + 2] for n in range(0, 12, 2))
