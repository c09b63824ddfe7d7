"""PCs, kiosks, queue machines, cameras: what is read of them, and what it means."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from collector.http import probe
from collector.kind import KINDS as FOLDER
from collector.kind import load_kinds
from collector.kindfile.file import read_kinds
from collector.probe import Answer, Settings
from collector.target import Target
from collector.verdict import verdict
from collector.wire import Wire
from tests.collector.kinds.hosts import KINDS, LINUX, PERIPHERAL, RUNS, STORAGE, WINDOWS, Objects, poll


def test_a_PC_with_Windows_and_one_with_Linux_are_told_apart() -> None:
    windows, linux = (asyncio.run(poll("pc", host)) for host in (WINDOWS, LINUX))
    assert (windows.values["model_file"], linux.values["model_file"]) == ("windows", "linux")
    assert (windows.values["cpu_load"], windows.values["system_uptime"]) == (20.0, 987_654)
    assert (linux.values["load_1"], linux.values["memory_free_kb"]) == (0.42, 200_000)


def test_the_disks_of_a_PC_are_the_fixed_ones() -> None:
    windows, linux = (asyncio.run(poll("pc", host)).values for host in (WINDOWS, LINUX))
    disks = [
        [name for name in values if name.startswith("storage.") and name.endswith("used")]
        for values in (windows, linux)
    ]
    assert disks == [["storage.1.used"], ["storage.2.used"]]
    assert (windows["memory.3.used"], linux["memory.1.used"]) == (400, 3_950_000)


@pytest.mark.parametrize(
    ("host", "changes", "found"),
    [
        (WINDOWS, {f"{STORAGE}.6.1": 960}, ("storageFull",)),
        (WINDOWS, {f"{STORAGE}.6.3": 990}, ("memoryFull",)),
        (LINUX, {}, ()),  # what Linux keeps in memory of its own is no shortage
        (LINUX, {f"{STORAGE}.6.2": 999}, ("storageFull",)),
    ],
)
def test_what_is_full_of_a_PC(host: Objects, changes: Objects, found: tuple[str, ...]) -> None:
    assert asyncio.run(poll("pc", {**host, **changes})).conditions == found


def test_a_process_that_the_inventory_names_is_watched_wherever_it_runs() -> None:
    async def main() -> None:
        wanted = ("queueclient.exe", "explorer.exe")
        first = await poll("pc", WINDOWS, processes=wanted)
        assert first.values["process.queueclient_exe.running"] == 1
        assert first.conditions == ()
        moved = {**{oid: raw for oid, raw in WINDOWS.items() if oid != f"{RUNS}.3"}, f"{RUNS}.4711": b"QueueClient.exe"}
        assert (await poll("pc", moved, first.rows, now=40)).conditions == ()
        gone = {oid: raw for oid, raw in WINDOWS.items() if oid != f"{RUNS}.3"}
        seen = await poll("pc", gone, first.rows, now=80)
        assert (seen.judged.state, seen.conditions) == ("degraded", ("processMissing",))
        assert seen.values["process.queueclient_exe.running"] == 0
        assert (await poll("pc", WINDOWS, first.rows, now=120)).conditions == ()
        assert (await poll("pc", LINUX, processes=wanted)).conditions == ()  # it keeps no list of processes

    asyncio.run(main())


def test_a_kiosk_without_its_process_is_down(tmp_path: Path) -> None:
    (tmp_path / "k.yaml").write_text("kind: terminal\nlike: kiosk\nprocesses: [hall.exe]\n")
    seen = asyncio.run(poll(load_kinds(tmp_path)["terminal"], WINDOWS))
    assert (seen.judged.state, seen.conditions) == ("down", ("processMissing",))


@pytest.mark.parametrize(
    ("kind", "state", "found"),
    [
        (1, 1, ()),
        (1, 2, ("receiptPaperLow",)),
        (1, 3, ("receiptPaperOut",)),
        (2, 6, ("peripheralFailed",)),
        (3, 3, ("cashFault",)),
        (4, 5, ("peripheralFailed",)),
    ],
)
def test_the_peripherals_of_a_kiosk(kind: int, state: int, found: tuple[str, ...]) -> None:
    row: Objects = {f"{PERIPHERAL}.2.1": kind, f"{PERIPHERAL}.3.1": b"unit", f"{PERIPHERAL}.4.1": state}
    seen = asyncio.run(poll("kiosk", {**WINDOWS, **row}))
    assert seen.conditions == found
    assert seen.values["model_file"] == "windows"


def test_P9_a_queue_machine_says_how_many_wait_by_SNMP() -> None:
    machine = {**LINUX, "1.3.6.1.4.1.61509.1.1.0": 7, "1.3.6.1.4.1.61509.1.2.0": 2}
    values = asyncio.run(poll("queue", machine)).values
    assert (values["waiting"], values["counters_open"]) == (7, 2)


QUEUE = """
kind: queue
model: ACME web
checks: ["http:{port}/status"]
http: {{check: "http:{port}/status", values: {{waiting: queue.waiting, counters_open: "desks[1].open"}}}}
"""


@pytest.mark.parametrize(
    ("body", "values"),
    [
        (
            json.dumps({"queue": {"waiting": 9}, "desks": [{}, {"open": 3}]}).encode(),
            {"waiting": 9, "counters_open": 3},
        ),
        (b'{"queue": {"waiting": "many"}}', {"waiting": "many"}),
        (b"[1, 2]", {}),
        (b"<html>", {}),
        (b'{"queue": {"waiting": 1e400}}', {}),
        (b"[" * 60_000, {}),
    ],
)
def test_P9_a_queue_machine_says_how_many_wait_by_HTTP(tmp_path: Path, body: bytes, values: dict[str, object]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async def main() -> Answer:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            (tmp_path / "q.yaml").write_text(QUEUE.format(port=port))
            kind = read_kinds([FOLDER / "pc.yaml", FOLDER / "queue.yaml", tmp_path / "q.yaml"])["queue/ACME web"]
            wire, target = Wire(), Target("Q-1", "queue", "127.0.0.1")
            answer = await probe(
                target, Settings(f"http:{port}/status", kind, wire), asyncio.get_running_loop().time() + 2
            )
            wire.close()
            assert answer is not None
            assert verdict(kind, target, {f"http:{port}/status": answer}).values == values
            return answer

    answer = asyncio.run(main())
    assert (answer.ok, answer.values) == (True, values)  # it serves, whether it speaks JSON or not


def test_cameras_and_handhelds_are_reachability_only_and_say_so() -> None:
    for name in ("camera", "handheld"):
        assert KINDS[name].checks == ("icmp",)
        assert set(KINDS[name].notes) == {"zh", "en"}
    camera = Target("C-1", "camera", "127.0.0.1", checks=("icmp", "tcp:554"))
    answers = {"icmp": Answer(True), "tcp:554": Answer(False, "refused")}
    assert verdict(KINDS["camera"], camera, answers).state == "down"


@pytest.mark.parametrize(
    ("runs", "wanted"),
    [
        (b"QueueClient.exe\0", "queueclient"),
        (b"explorer", "explorer.exe"),
        (b"C:\\Hall\\QueueClient.exe", "QueueClient.exe"),
        (b"/usr/bin/queue-client", "queue-client"),
        (b"queue-client-ma", "queue-client-main"),  # Linux keeps 15 characters of a name
        ("叫号系统.exe".encode("gbk"), "叫号系统"),  # Windows in Chinese
    ],
)
def test_a_process_runs_however_the_agent_spells_its_name(runs: bytes, wanted: str) -> None:
    others = {oid: raw for oid, raw in WINDOWS.items() if not oid.startswith(RUNS)}
    host: Objects = {**others, f"{RUNS}.4": runs, f"{RUNS}.9": b"q"}
    assert asyncio.run(poll("pc", host, processes=(wanted,))).conditions == ()
    assert asyncio.run(poll("pc", host, processes=(f"my{wanted}",))).conditions == ("processMissing",)


@pytest.mark.parametrize("label", [b"Recovery", b"System Reserved", "恢复".encode(), "系统保留".encode("gbk")])
def test_a_partition_for_the_repair_of_Windows_is_full_and_no_fault(label: bytes) -> None:
    full: Objects = {f"{STORAGE}.3.1": b"D:\\ Label:" + label + b"  Serial Number e2ac8e0d", f"{STORAGE}.6.1": 990}
    assert asyncio.run(poll("pc", {**WINDOWS, **full})).conditions == ()
