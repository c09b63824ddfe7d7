"""Programs that do the same, as Debian has them: prometheus-snmp-exporter and collectd, on the subject's core."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from benchmarks.collector_scene import OIDS, PORT, SUBJECT_CPU, Speed, Stage, cpu_of, memory_of, watched

EXPORTER_PORT: Final = 19116
THREADS: Final = 100
_TIMEOUT_S: Final = 1
_WARM_S: Final = 2.0


def snmp_yml() -> str:
    """The exporter's configuration: one GET of the same 14 objects, asked once."""
    metrics = "".join(
        f"    - {{name: value_{n}, oid: {oid}, type: counter, help: value}}\n" for n, oid in enumerate(OIDS)
    )
    gets = "".join(f"    - {oid}\n" for oid in OIDS)
    return (
        f"bench:\n  get:\n{gets}  metrics:\n{metrics}  version: 2\n  timeout: {_TIMEOUT_S}s\n  retries: 0\n"
        "  max_repetitions: 25\n  auth:\n    community: public\n"
    )


def collectd_conf(folder: Path, hosts: list[str]) -> str:
    """collectd's configuration: one GET of the same 14 objects a host, as one value list of 14; nothing is written."""
    types = folder / "types.db"
    types.write_text("bench " + ", ".join(f"v{n}:COUNTER:0:U" for n in range(len(OIDS))) + "\n")
    values = " ".join(f'"{oid}"' for oid in OIDS)
    lines = [
        f'BaseDir "{folder}"\nPIDFile "{folder}/pid"\nTypesDB "{types}"\nFQDNLookup false\nInterval 1\n'
        f"ReadThreads {THREADS}\nWriteThreads 1\nLoadPlugin snmp\n<Plugin snmp>\n"
        f'<Data "bench">\nType "bench"\nTable false\nInstance ""\nValues {values}\n</Data>'
    ]
    lines += [
        f'<Host "h{number}">\nAddress "{host}:{PORT}"\nVersion 2\nCommunity "public"\nCollect "bench"\n'
        f"Interval 1\nTimeout {_TIMEOUT_S}\nRetries 0\n</Host>"
        for number, host in enumerate(hosts)
    ]
    return "\n".join([*lines, "</Plugin>\n"])


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    pinned = ["taskset", "-c", str(SUBJECT_CPU), *command]
    environment = {**os.environ, "GOMAXPROCS": "1"}
    with subprocess.Popen(pinned, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()


def collectd(stage: Stage, seconds: float) -> Speed:
    """collectd with more hosts each second than it can ask. Its dead are asked but not counted."""
    with tempfile.TemporaryDirectory(prefix="hallwatch-bench-") as name:
        folder = Path(name)
        (folder / "collectd.conf").write_text(collectd_conf(folder, stage.hosts))
        with _running(["collectd", "-f", "-C", str(folder / "collectd.conf")]) as process:
            _until_answered(stage)
            time.sleep(_WARM_S)
            return watched(process.pid, stage, seconds)


def _until_answered(stage: Stage) -> None:
    for _ in range(200):
        if stage.answered():
            return
        time.sleep(0.1)


def exporter(stage: Stage, seconds: float) -> Speed:
    """prometheus-snmp-exporter, asked over HTTP by a process on the agents' core."""
    with tempfile.TemporaryDirectory(prefix="hallwatch-bench-") as name:
        file = Path(name) / "snmp.yml"
        file.write_text(snmp_yml())
        where = f"127.0.0.1:{EXPORTER_PORT}"
        with _running(
            ["prometheus-snmp-exporter", f"--config.file={file}", f"--web.listen-address={where}"]
        ) as process:
            _until_open(EXPORTER_PORT)
            load = [sys.executable, "-m", "benchmarks.collector_load", str(seconds)]
            with subprocess.Popen(load, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as asking:
                assert asking.stdin is not None
                json.dump(stage.hosts, asking.stdin)
                asking.stdin.close()
                return _exported(process.pid, stage, asking, seconds)


def _exported(pid: int, stage: Stage, asking: subprocess.Popen[str], seconds: float) -> Speed:
    assert asking.stdout is not None
    began, cpu, busy = time.perf_counter(), cpu_of(pid), stage.busy()
    said = json.loads(asking.stdout.read())
    took = time.perf_counter() - began
    if said["answered"] and said["values"] != len(OIDS):
        raise SystemExit(f"the exporter gave {said['values']} values instead of {len(OIDS)}")
    asked = said["answered"] + said["failed"]
    each = (cpu_of(pid) - cpu) / asked * 1000 if asked else float("nan")
    return Speed(asked / seconds, each, memory_of(pid), (stage.busy() - busy) / took)


def _until_open(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.1)


def lacking(program: str) -> bool:
    """Is it not installed?"""
    return shutil.which(program) is None
