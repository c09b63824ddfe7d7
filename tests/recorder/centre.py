"""A centre to test: a migrated database with a small city, a writer, and the messages that collectors send."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select

from collector.observation import Observation, State, Value, render_instant
from recorder.batch import Outcome
from recorder.intake import Message
from recorder.roster import KindPolicy
from recorder.writer import Writer
from sla.judge import Confirmation
from store import inventory
from store.database import migrate, open_database, reading, writing
from store.schema import changes, device_states, devices, notices, observations, outages
from tests import databases

T0 = 1_790_000_000_000 - 1_790_000_000_000 % 60_000  # a Monday in September 2026, 22:13 in Shanghai
MINUTE = 60_000
EPOCH = "0198c0de-0000-7000-8000-000000000001"
POLICIES = {
    "printer": KindPolicy(
        {"noPaper": "hall", "jammed": "vendor", "lowToner": "vendor"}, frozenset({"noPaper", "jammed"})
    )
}


def city(**more: Any) -> dict[str, Any]:
    """One hall with a switch and two printers behind it, always open; `more` devices by id."""
    printer = {"kind": "printer", "hall": "h-01", "vendor": "v-1", "interval_s": 60}
    return {
        "halls": [{"id": "h-01", "name": "Hall", "kind": "own", "gateway": "SW-0001", "collector": "c-01"}],
        "vendors": [{"id": "v-1", "name": "Vendor", "notify": []}],
        "devices": [
            {"id": "SW-0001", "kind": "switch", "hall": "h-01", "interval_s": 60},
            {"id": "P-0001", **printer},
            {"id": "P-0002", **printer},
            *({"id": id, **printer} | extra for id, extra in more.items()),
        ],
    }


@dataclass
class Centre:
    """An engine, a writer on it, and the outbox numbers of collector c-01."""

    url: str
    engine: Engine
    metrics: Any = None
    seq: int = 0
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def close(self) -> None:
        """Nothing is left open, nor on the server."""
        self.engine.dispose()
        databases.away(self.url)

    def restart(self) -> None:
        """A new process, as far as the writer can tell."""
        self.writer = Writer(self.engine, self.metrics, Confirmation(), POLICIES)

    def adopt(self, document: dict[str, Any], at: int = T0) -> None:
        with writing(self.engine) as conn:
            inventory.apply(conn, document, at, "test")

    def give(self, *messages: Message, now: int | None = None) -> Outcome:
        """One batch at `now`, by default when the newest of its messages came."""
        return self.writer.write(messages, max(one.at for one in messages) if now is None else now)

    def tick(self, now: int, listening_since: int = 0) -> bool:
        return self.writer.tick(now, listening_since)

    def seen(self, device: str, minute: float, state: State, **more: Any) -> Message:
        """The next message of collector c-01, of what it saw `minute` minutes after T0."""
        self.seq += 1
        return message(self.seq, device, minute, state, **more)

    def run(self, device: str, states: str, start: float = 0, **more: Any) -> list[Message]:
        """One observation a minute: u(p), g (degraded), d(own), ? (unknown), . (none)."""
        names: dict[str, State] = {"u": "up", "g": "degraded", "d": "down", "?": "unknown"}
        return [self.seen(device, start + i, names[letter], **more) for i, letter in enumerate(states) if letter != "."]

    def number(self, device: str) -> int:
        with reading(self.engine) as conn:
            return int(conn.execute(select(devices.c.n).where(devices.c.id == device)).scalar_one())

    def rows(self, statement: Any) -> list[Any]:
        with reading(self.engine) as conn:
            return list(conn.execute(statement))

    def outages(self, device: str = "P-0001") -> list[tuple[float, float | None, str, str]]:
        """(from, until, cause, owner) in minutes after T0."""
        found = self.rows(select(outages).where(outages.c.device == self.number(device)).order_by(outages.c.start))
        return [(minutes(row.start) or 0, minutes(row.until), row.cause, row.owner) for row in found]

    def state(self, device: str = "P-0001") -> Any:
        return self.rows(select(device_states).where(device_states.c.device == self.number(device)))[0]

    def told(self, device: str = "P-0001") -> list[dict[str, Any]]:
        """The status messages queued for a device."""
        topic = f"hallwatch/v1/status/h-01/{device}"
        return [
            json.loads(row.body) for row in self.rows(select(notices).where(notices.c.target == topic).order_by("id"))
        ]

    def stored(self) -> int:
        return len(self.rows(select(observations)))

    def changes(self) -> list[Any]:
        return self.rows(select(changes).where(changes.c.kind != "inventory").order_by(changes.c.id))


def minutes(at: int | None) -> float | None:
    return None if at is None else (at - T0) / MINUTE


def message(
    seq: int | None,
    device: str,
    minute: float,
    state: State,
    *,
    conditions: Sequence[str] = (),
    values: dict[str, Value] | None = None,
    collector: str = "c-01",
    epoch: str | None = EPOCH,
    interval_s: float | None = 60,
) -> Message:
    """An observation as it comes from the broker."""
    seen = Observation(
        device, collector, T0 + round(minute * MINUTE), state, tuple(conditions), interval_s,
        values=values or {}, epoch=epoch if seq is not None else None, seq=seq,
    )  # fmt: skip
    return Message(f"hallwatch/v1/obs/{collector}/{device}", seen.encode(), seen.ts + 100)


def heartbeat(at: int, collector: str = "c-01", *, retained: bool = False, **more: Any) -> Message:
    """A heartbeat that comes at `at`."""
    document = {"v": 1, "online": True, "ts": render_instant(at), "epoch": EPOCH, "oldest": 1, "next": 1} | more
    return Message(f"hallwatch/v1/collectors/{collector}", json.dumps(document).encode(), at, retained)


def pattern(directory: Path) -> str:
    """The URL of a database with the small city, to be copied: migrating takes long."""
    url = databases.fresh(directory / "pattern.db")
    made = Centre(url, open_database(url))
    migrate(made.engine)
    made.adopt(city())
    made.engine.dispose()
    return url


def centre(pattern: str, directory: Path, metrics: Any = None) -> Centre:
    """A new centre with the small city, in a directory that may not exist yet."""
    directory.mkdir(parents=True, exist_ok=True)
    url = databases.copied(pattern, directory / "centre.db")
    engine = open_database(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=OFF"))
        engine.dispose()
    return Centre(url, engine, metrics)
