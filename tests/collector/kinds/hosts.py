"""What agents hold, as a walk would show it; written by us after the MIBs, not recorded of anybody's devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.kind import Kind, load_kinds
from collector.observation import Value
from collector.probe import Answer
from collector.reading import Raw
from collector.snmp.recorded import RecordedSession
from collector.snmp.rows import Rows, learn
from collector.target import Target
from collector.verdict import Verdict, verdict

KINDS = load_kinds()

Objects = dict[str, Raw]
SYS, IF, IFX = "1.3.6.1.2.1.1", "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
UPS, ALARM = "1.3.6.1.2.1.33.1", "1.3.6.1.2.1.33.1.6.3"
APC, XUPS, MGE = "1.3.6.1.4.1.318.1.1.1", "1.3.6.1.4.1.534.1", "1.3.6.1.4.1.705.1"
STORAGE, PHYSICAL = "1.3.6.1.2.1.25.2.3.1", "1.3.6.1.2.1.47.1.1.1.1"
RUNS, PERIPHERAL = "1.3.6.1.2.1.25.4.2.1.2", "1.3.6.1.4.1.61509.2.1.1"


def system(object_id: str, descr: str) -> Objects:
    return {
        f"{SYS}.1.0": descr.encode(),
        f"{SYS}.2.0": object_id,
        f"{SYS}.3.0": 123_456,
        f"{SYS}.5.0": b"HALL-01",
    }


def column(oid: str, *values: Raw, first: int = 1) -> Objects:
    return {f"{oid}.{first + n}": value for n, value in enumerate(values)}


def ports(count: int = 2, wide: bool = True, **changes: Sequence[Raw]) -> Objects:
    """Ethernet ports, up; `changes` by column."""
    plain: dict[str, Sequence[Raw]] = {"type": [6] * count, "admin": [1] * count, "oper": [1] * count}
    numbers = {"type": f"{IF}.3", "admin": f"{IF}.7", "oper": f"{IF}.8", "name": f"{IFX}.1", "alias": f"{IFX}.18"}
    found: Objects = {}
    for name, values in (plain | changes).items():
        found |= column(numbers[name], *values)
    found |= column(f"{IF}.6", b"\x70\xf9\x6d\x00\x00\x01")
    for number in (10, 16, 13, 14, 19, 20):
        found |= column(f"{IF}.{number}", *range(count))
    if wide:
        found |= column(f"{IFX}.6", *([1 << 40] * count)) | column(f"{IFX}.10", *([1 << 41] * count))
        found |= column(f"{IFX}.15", *([1000] * count))
    return found


CISCO: Objects = {
    **system("1.3.6.1.4.1.9.1.1208", "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(2)E6"),
    **ports(2),
    **column("1.3.6.1.4.1.9.9.109.1.1.1.1.8", 14),
    **column("1.3.6.1.4.1.9.9.48.1.1.1.2", b"Processor", b"I/O"),
    **column("1.3.6.1.4.1.9.9.48.1.1.1.5", 60_000_000, 8_000_000),
    **column("1.3.6.1.4.1.9.9.48.1.1.1.6", 40_000_000, 2_000_000),
    **column("1.3.6.1.4.1.9.9.13.1.3.1.3", 41, first=1006),
    **column("1.3.6.1.4.1.9.9.13.1.3.1.6", 1, first=1006),
    **column("1.3.6.1.4.1.9.9.13.1.4.1.3", 1, first=1004),
    **column("1.3.6.1.4.1.9.9.13.1.5.1.3", 1, 5, first=1003),
}
H3C: Objects = {
    **system("1.3.6.1.4.1.25506.1.1918", "H3C Comware Platform Software, Software Version 7.1.070, H3C S5130S-28S-EI"),
    **ports(2),
    **column(f"{PHYSICAL}.5", 3, 9, 8, 10),
    f"{PHYSICAL}.11.1": b"210235A1XXXXXX000001",
    **column("1.3.6.1.4.1.25506.2.6.1.1.1.1.6", 0, 17, 0, 0),
    **column("1.3.6.1.4.1.25506.2.6.1.1.1.1.8", 0, 58, 0, 0),
    **column("1.3.6.1.4.1.25506.2.6.1.1.1.1.12", 65535, 65535, 44, 99),
}
HUAWEI: Objects = {
    **system(
        "1.3.6.1.4.1.2011.2.23.291", "S5720-28P-LI-AC Huawei Versatile Routing Platform Software VRP (R) V200R011"
    ),
    **ports(2),
    **column(f"{PHYSICAL}.5", 3, 9),
    **column("1.3.6.1.4.1.2011.5.25.31.1.1.1.1.5", 0, 11),
    **column("1.3.6.1.4.1.2011.5.25.31.1.1.1.1.7", 0, 39),
    **column("1.3.6.1.4.1.2011.5.25.31.1.1.1.1.11", 2147483647, 47),
}
RUIJIE: Objects = {
    **system("1.3.6.1.4.1.4881.1.1.10.1.158", "Ruijie Gigabit Security & Intelligence Access Switch (S2910) By Ruijie"),
    **ports(2),
    "1.3.6.1.4.1.4881.1.1.10.2.36.1.1.3.0": 9,
    **column("1.3.6.1.4.1.4881.1.1.10.2.35.1.1.1.3", 63),
}
ZTE: Objects = {
    **system("1.3.6.1.4.1.3902.3.100.40", "ZXR10 ROS Version V4.08.24 ZXR10 5928 Software"),
    **ports(2),
    **column("1.3.6.1.4.1.3902.3.3.1.1.4", 44),
    **column("1.3.6.1.4.1.3902.3.3.1.1.12", 21),
}
OLD_SWITCH: Objects = {**system("1.3.6.1.4.1.99999.1", "switch"), **ports(2, wide=False)}
RFC1628: Objects = {
    **system("1.3.6.1.4.1.99999.2", "network card of a UPS"),
    f"{UPS}.2.1.0": 2,
    f"{UPS}.2.2.0": 0,
    f"{UPS}.2.3.0": 34,
    f"{UPS}.2.4.0": 100,
    f"{UPS}.2.5.0": 547,
    f"{UPS}.4.1.0": 3,
    f"{UPS}.3.3.1.3.1": 228,
    f"{UPS}.4.4.1.2.1": 220,
    f"{UPS}.4.4.1.5.1": 31,
    f"{UPS}.6.1.0": 0,
}
APC_UPS: Objects = {
    **system("1.3.6.1.4.1.318.1.3.27", "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.5.0 APP:sumx) Model: AP9631"),
    f"{APC}.1.2.3.0": b"AS1234567890",
    f"{APC}.2.1.1.0": 2,
    f"{APC}.2.1.2.0": 0,
    f"{APC}.2.2.1.0": 100,
    f"{APC}.2.2.2.0": 24,
    f"{APC}.2.2.3.0": 204_000,
    f"{APC}.2.2.4.0": 1,
    f"{APC}.3.2.1.0": 229,
    f"{APC}.4.1.1.0": 2,
    f"{APC}.4.2.1.0": 229,
    f"{APC}.4.2.3.0": 28,
}
EATON: Objects = {
    **system("1.3.6.1.4.1.534.1", "Eaton 9PX"),
    f"{XUPS}.2.1.0": 1260,
    f"{XUPS}.2.4.0": 98,
    f"{XUPS}.2.5.0": 3,
    f"{XUPS}.4.1.0": 40,
    f"{XUPS}.4.5.0": 3,
    f"{XUPS}.7.1.0": 0,
}
MGE_UPS: Objects = {
    **system("1.3.6.1.4.1.705.1", "MGE UPS SYSTEMS"),
    f"{MGE}.5.1.0": 1800,
    f"{MGE}.5.2.0": 90,
    **{f"{MGE}.{at}.0": 2 for at in ("5.9", "5.11", "5.14", "7.3", "7.4", "7.10")},
}
FIXED, RAM, REMOVABLE = (f"1.3.6.1.2.1.25.2.1.{kind}" for kind in (4, 2, 5))
WINDOWS: Objects = {
    **system("1.3.6.1.4.1.311.1.1.3.1.1", "Hardware: Intel64 Family 6 - Software: Windows Version 6.3 (Build 19045)"),
    "1.3.6.1.2.1.25.1.1.0": 987_654,
    "1.3.6.1.2.1.25.1.6.0": 140,
    "1.3.6.1.2.1.25.2.2.0": 8_271_872,
    **column("1.3.6.1.2.1.25.3.3.1.2", 10, 30, first=3),
    **column(f"{STORAGE}.2", FIXED, REMOVABLE, RAM),
    **column(f"{STORAGE}.3", b"C:\\ Label:  Serial Number 5e1f00d1", b"E:\\", b"Physical Memory"),
    **column(f"{STORAGE}.4", 4096, 512, 65536),
    **column(f"{STORAGE}.5", 1000, 1000, 1000),
    **column(f"{STORAGE}.6", 500, 999, 400),
    **column(RUNS, b"System Idle Process", b"explorer.exe", b"QueueClient.exe"),
}
LINUX: Objects = {
    **system("1.3.6.1.4.1.8072.3.2.10", "Linux queue 5.10.0 x86_64"),
    "1.3.6.1.2.1.25.1.1.0": 987_654,
    "1.3.6.1.2.1.25.2.2.0": 4_000_000,
    **column(f"{STORAGE}.2", RAM, FIXED, FIXED),
    **column(f"{STORAGE}.3", b"Physical memory", b"/", b"/run/user/0"),
    **column(f"{STORAGE}.4", 1024, 4096, 4096),
    **column(f"{STORAGE}.5", 4_000_000, 1000, 10),
    **column(f"{STORAGE}.6", 3_950_000, 200, 10),
    **column("1.3.6.1.4.1.2021.10.1.5", 42, 17, 5),
    "1.3.6.1.4.1.2021.4.6.0": 200_000,
}


class Asking:
    """Learning's way to ask a recorded agent; counts what was walked."""

    def __init__(self, objects: Mapping[str, Raw]) -> None:
        self.session = RecordedSession(dict(sorted(objects.items(), key=lambda one: _numbers(one[0]))))
        self.walked: list[str] = []

    async def some(self, oids: Sequence[str]) -> dict[str, Raw]:
        return await self.session.get(oids, 0)

    async def walk(self, name: str, oid: str, limit: int) -> list[tuple[str, Raw]]:
        self.walked.append(name)
        return await self.session.walk(oid, limit, 0)


def _numbers(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


@dataclass
class Polled:
    """A device that was learned and is then polled as the agent does it."""

    rows: Rows
    values: dict[str, Value]
    judged: Verdict

    @property
    def conditions(self) -> tuple[str, ...]:
        return self.judged.conditions


async def poll(
    kind: str | Kind,
    objects: Mapping[str, Raw],
    rows: Rows | None = None,
    now: float = 0.0,
    processes: tuple[str, ...] = (),
) -> Polled:
    """Learn (unless there are `rows`) and poll what an agent with these objects says at `now`, in seconds."""
    asked = KINDS[kind] if isinstance(kind, str) else kind
    asking = Asking(objects)
    rows = rows or await learn(asked, asking, processes)
    values = rows.plan.read(await asking.some(rows.plan.oids)) | dict(rows.fixed)
    if rows.watch is not None:
        if rows.watch.due(values, now):
            await rows.watch.look(values, asking, now)
        rows.watch.add(values)
    target = Target("D-1", asked.name, "127.0.0.1")
    return Polled(rows, values, verdict(rows.plan.kind, target, {"snmp": Answer(True, values=values)}))
