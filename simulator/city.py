"""A simulated city: branches, halls and what stands in them, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from simulator.names import BRANCHES, VENDORS, hall_name
from simulator.seeded import seeded

MAX_HALLS: Final = 2500
MAX_PER_HALL: Final = 240
PREFIXES: Final = {
    "switch": "SW", "printer": "P", "list_printer": "L", "copier": "C", "kiosk": "K", "queue": "Q", "pc": "D",
    "ups": "U", "router": "R", "camera": "V",
}  # fmt: skip
MODELS: Final = {
    "switch": ("H3C S5130",),
    "printer": ("HP M404", "HP M404", "HP M454", "Brother HL-5590"),
    "list_printer": ("Star TUP900",),
    "copier": ("Ricoh MP 3055",),
    "kiosk": ("ZT-200",),
    "queue": ("QM-10",),
    "pc": ("ThinkCentre M720",),
    "ups": ("UPS 3 kVA",),
    "router": ("Router",),
    "camera": ("Camera",),
}
# A hall's things in the order in which it gets them; what is left over becomes staff PCs.
FURNITURE: Final = (
    "switch", "printer", "queue", "kiosk", "pc", "list_printer", "pc", "kiosk", "printer", "pc", "copier",
    "pc", "kiosk",
)  # fmt: skip
BESIDES: Final = ("ups", "router", "camera")
SLEEPS: Final = frozenset({"printer", "list_printer", "copier"})


class BadCity(ValueError):
    """More halls or devices than addresses, or fewer devices than halls."""


@dataclass(frozen=True, slots=True)
class Device:
    """One thing; `port` is its SNMP agent's, `tcp` the port on which it listens besides."""

    id: str
    kind: str
    model: str
    hall: str
    address: str
    serial: str
    interval_s: int
    vendor: str | None = None
    community: str = "public"
    version: str = "2c"
    port: int = 161
    tcp: int | None = None
    checks: tuple[str, ...] = ("snmp",)


@dataclass(frozen=True, slots=True)
class Hall:
    """A hall; `gateway` is the switch behind which everything else stands."""

    id: str
    name: str
    branch: str
    kind: str
    gateway: str
    night_off: bool


@dataclass(frozen=True, slots=True)
class City:
    """Branches and vendors are (id, name)."""

    seed: int
    branches: tuple[tuple[str, str], ...]
    vendors: tuple[tuple[str, str], ...]
    halls: tuple[Hall, ...]
    devices: tuple[Device, ...]

    def behind(self) -> dict[str, list[Device]]:
        """Of each hall's switch, what stands behind it."""
        gateways = {hall.id: hall.gateway for hall in self.halls}
        found: dict[str, list[Device]] = {hall.gateway: [] for hall in self.halls}
        for device in self.devices:
            if device.id != gateways[device.hall]:
                found[gateways[device.hall]].append(device)
        return found


def build(
    seed: int,
    halls: int = 12,
    devices: int = 150,
    *,
    port: int = 1161,
    interval_s: int = 10,
    http_port: int = 8080,
    print_port: int = 9100,
) -> City:
    """A city of so many halls and devices at 127.20.0.0 and up, one agent port for all. Raises `BadCity`."""
    if not (1 <= halls <= MAX_HALLS and halls <= devices <= halls * MAX_PER_HALL):
        raise BadCity(f"{devices} devices in {halls} halls: at most {MAX_HALLS} halls of 1 to {MAX_PER_HALL} each")
    rng = seeded("city", seed)
    vendors = tuple((f"v-{n + 1}", name) for n, name in enumerate(VENDORS[: 2 if halls < 6 else 3]))
    ports = {"kiosk": http_port} | dict.fromkeys(SLEEPS, print_port)
    return City(
        seed=seed,
        branches=tuple((f"b-{n + 1}", name) for n, name in enumerate(BRANCHES[: max(1, min(4, halls // 3))])),
        vendors=vendors,
        halls=tuple(_halls(halls, rng)),
        devices=tuple(_devices(rng, halls, devices, [id_ for id_, _ in vendors], (port, interval_s), ports)),
    )


def with_besides(city: City, tcp: int) -> City:
    """The city with a UPS, a router and a camera besides in its first hall; the camera listens on port `tcp`, and
    nothing else is asked of it."""
    hall, first = city.halls[0].id, city.devices[0]
    here = sum(device.hall == hall for device in city.devices)
    rng = seeded("besides", city.seed)
    more = tuple(
        Device(
            id=f"{PREFIXES[kind]}-0001",
            kind=kind,
            model=MODELS[kind][0],
            hall=hall,
            address=f"{first.address.rpartition('.')[0]}.{here + n}",
            serial=f"{PREFIXES[kind]}{rng.randrange(16**8):08X}",
            interval_s=first.interval_s,
            port=first.port,
            tcp=tcp if kind == "camera" else None,
            checks=(f"tcp:{tcp}",) if kind == "camera" else ("snmp",),
        )
        for n, kind in enumerate(BESIDES, start=1)
    )
    return replace(city, devices=city.devices + more)


def _halls(count: int, rng: Random) -> Iterator[Hall]:
    branches = max(1, min(4, count // 3))
    for n in range(count):
        yield Hall(
            id=f"h-{n + 1:02}",
            name=hall_name(n),
            branch=f"b-{n % branches + 1}",
            kind=rng.choice(("own", "own", "own", "built")),
            gateway=f"SW-{n + 1:04}",
            night_off=rng.random() < 0.3,
        )


def _devices(
    rng: Random, halls: int, devices: int, vendors: list[str], agent: tuple[int, int], ports: dict[str, int]
) -> Iterator[Device]:
    numbers = dict.fromkeys(PREFIXES, 0)
    for hall in range(halls):
        for place in range(devices // halls + (hall < devices % halls)):
            kind = FURNITURE[place] if place < len(FURNITURE) else "pc"
            numbers[kind] += 1
            yield _device(rng, kind, numbers[kind], (hall, place), vendors, agent, ports)


def _device(
    rng: Random,
    kind: str,
    number: int,
    at: tuple[int, int],
    vendors: list[str],
    agent: tuple[int, int],
    ports: dict[str, int],
) -> Device:
    hall, place = at
    # Printers and copiers are the first vendor's or by district the third's, terminals the second's.
    vendor = vendors[-1 if len(vendors) > 2 and hall % 4 == 3 else 0] if kind in SLEEPS else vendors[1]
    listens = kind == "kiosk" or (kind in SLEEPS and rng.random() < 0.3)
    tcp = ports[kind] if listens else None
    return Device(
        id=f"{PREFIXES[kind]}-{number:04}",
        kind=kind,
        model=rng.choice(MODELS[kind]),
        hall=f"h-{hall + 1:02}",
        address=f"127.{20 + hall // 250}.{hall % 250 + 1}.{place + 1}",
        serial=f"{PREFIXES[kind]}{rng.randrange(16**8):08X}",
        interval_s=agent[1],
        vendor=None if kind == "switch" else vendor,
        community="public" if kind != "switch" else "hall-net",
        port=agent[0],
        tcp=tcp,
        checks=("snmp", f"tcp:{tcp}") if tcp else ("snmp",),
    )
