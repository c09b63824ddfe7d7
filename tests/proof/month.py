"""A month of calls, outages, visits and mistakes for three vendors, replayed over MQTT and HTTP with the clock told.

A real broker, a recorder, alerts with their delivery and the interface run on a clock that this proof moves on by
steps. Afterwards every repair clock that HTTP tells equals the one that is walked second by second.
In full: `python -m tests.proof.month --days 30 --each 2`; CI replays a few days.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import paho.mqtt.client as paho
import structlog
import uvicorn
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from alerts.channels.mqtt import MqttChannel
from alerts.delivery import Delivery
from alerts.loop import Alerts
from alerts.settings import AlertSettings, MqttConfig
from api.app import create_app
from collector.observation import Observation, render_instant
from hallwatch.centre import Centre
from hallwatch.settings_file import load
from recorder.mqtt import MqttConfig as RecorderMqtt
from recorder.recorder import JudgeSettings, Recorder
from sla.instant import parse
from store.database import reading, writing
from store.schema import notices
from store.tokens import create
from tests.mosquitto import Mosquitto, free_port
from tests.proof.figures import tell
from tests.proof.month_classes import differences
from tests.proof.month_clock import difference
from tests.proof.month_story import INTERVAL, MINUTE, Deed, Outage, Story, inventory, story

EPOCH = "0198c0de-0000-7000-8000-00000000abcd"


@dataclass
class Figures:
    """What came out; `wrong` must be empty, `unanswered` and `missed` 0."""

    days: int
    devices: int
    outages: int
    facts: int
    entered: int
    refused: int
    unanswered: int
    tickets: int
    clocks: int
    breached: int
    missed: int
    classes: dict[str, int]
    reconciled: dict[str, int]
    seconds: float
    wrong: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether every clock was the walked one and nothing that was entered got lost."""
        return not (self.wrong or self.unanswered or self.missed)


class World:
    """The running centre, and the people in front of it. `now` is what every clock in it says."""

    def __init__(self, told: Story, folder: Path, step_ms: int) -> None:
        self.told, self.folder, self.now, self._step = told, folder, told.began, step_ms
        self.tickets: dict[int, str] = {}
        self.answers: Counter[str] = Counter()
        self.seq = 0
        self._left = list(told.deeds)
        self._down: dict[str, list[Outage]] = {}
        for one in told.outages:
            self._down.setdefault(one.device, []).append(one)

    def clock(self) -> int:
        """The time that all of them have."""
        return self.now

    @contextmanager
    def running(self) -> Iterator[None]:
        """Broker, recorder, delivery, interface."""
        with self._broker() as broker, self._parts(broker), self._interface():
            yield

    @contextmanager
    def _broker(self) -> Iterator[Mosquitto]:
        broker = Mosquitto(self.folder, free_port())
        (self.folder / "mosquitto.conf").write_text(
            f"listener {broker.port} 127.0.0.1\nallow_anonymous true\nuser root\nmax_inflight_messages 1000\n"
            "max_queued_messages 0\n"
        )
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()

    @contextmanager
    def _parts(self, broker: Mosquitto) -> Iterator[None]:
        (self.folder / "halls.json").write_text(json.dumps(inventory(self.told)))
        (self.folder / "hallwatch.toml").write_text(
            f'[mqtt]\nurl = "{broker.url}"\n[inventory]\nfiles = ["halls.json"]\n[database]\nurl = "sqlite:///c.db"\n'
        )
        self.centre = centre = Centre(load(self.folder / "hallwatch.toml"))
        taken = centre.take_inventory()
        assert taken is not None
        assert taken.ok, taken.checked.errors[:3]
        self.recorder = Recorder(
            centre.engine, None, RecorderMqtt(broker.url), JudgeSettings(), centre.policies, self.clock
        )
        settings = AlertSettings(mqtt=MqttConfig(broker.url, client_id="month"))
        self.alerts = Alerts(centre.engine, settings, centre.policies)
        delivery = Delivery(centre.engine, "mqtt", MqttChannel(MqttConfig(broker.url, client_id="month")))
        stop = threading.Event()
        threads = [
            threading.Thread(target=self.recorder.run, args=(stop,), daemon=True),
            threading.Thread(target=delivery.run, args=(stop, self.clock), daemon=True),
        ]
        self.collector = paho.Client(CallbackAPIVersion.VERSION2, "month-c", protocol=paho.MQTTv311)
        self.collector.connect("127.0.0.1", broker.port)
        self.collector.loop_start()
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)
            self.collector.disconnect()
            self.collector.loop_stop()
            centre.close()

    @contextmanager
    def _interface(self) -> Iterator[None]:
        with writing(self.centre.engine) as conn:
            token = create(conn, "month", "operator", self.now)
        app = create_app(replace(self.centre.context(), now=self.clock))
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        self.http = httpx2.Client(
            base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60, trust_env=False, verify=False,
            headers={"authorization": f"Bearer {token}"},
        )  # fmt: skip
        try:
            yield
        finally:
            self.http.close()
            app.state.feed.close()
            server.should_exit = True
            thread.join(10)

    def replay(self) -> None:
        """The whole month, one step at a time."""
        while self.now < self.told.until:
            begun, self.now = self.now, self.now + self._step
            self._observe(begun)
            self._people(self.now)
            self.alerts.step(self.now)
        self._people(1 << 62)
        for _ in range(4):  # what was entered last is verified, or stands
            self.alerts.step(self.now)

    def _observe(self, begun: int) -> None:
        for at in range(begun, self.now, INTERVAL):
            for device in self.told.devices:
                self._publish(device, at)
        until = time.monotonic() + 60
        while self.recorder.stored < self.seq:
            assert time.monotonic() < until, f"stored {self.recorder.stored} of {self.seq}: {self.recorder.stats()}"
            time.sleep(0.002)

    def _publish(self, device: str, at: int) -> None:
        self.seq += 1
        down = any(one.start <= at < one.until for one in self._down.get(device, ()))
        seen = Observation(device, "c-09", at, "down" if down else "up", interval_s=INTERVAL / 1000)
        said = {"v": 1, "device": device, "collector": "c-09", "epoch": EPOCH, "seq": self.seq, "state": seen.state}
        said |= {"ts": render_instant(at), "interval_s": INTERVAL / 1000}
        self.collector.publish(f"hallwatch/v1/obs/c-09/{device}", json.dumps(said), 1)

    def _people(self, until: int) -> None:
        while self._left and self._left[0].entered < until:
            self._enter(self._left.pop(0))

    def _enter(self, deed: Deed) -> None:
        body = deed.body | {"at": render_instant(deed.body["at"])}
        if deed.path == "events" and deed.fault not in self.tickets:
            return
        path = f"/tickets/{self.tickets[deed.fault]}/events" if deed.path == "events" else "/tickets"
        key = f"{deed.fault}-{deed.entered}-{body.get('event', 'report')}"
        answers = [self.http.post(path, json=body, headers={"idempotency-key": key}) for _ in range(2)]
        self.answers[str(answers[0].status_code)] += 1
        assert answers[0].status_code == answers[1].status_code, (answers[0].text, answers[1].text)
        if deed.path == "/tickets":
            assert answers[0].is_success, answers[0].text
            self.tickets[deed.fault] = answers[0].json()["id"]

    def all(self, path: str) -> Iterator[dict[str, Any]]:
        """Every item of a list."""
        cursor: dict[str, str] = {}
        while True:
            said = self.http.get(path, params={"limit": "100", **cursor}).raise_for_status().json()
            yield from said["items"]
            if not said["next"]:
                return
            cursor = {"cursor": said["next"]}

    def notified(self) -> dict[str, int]:
        """When each ticket's vendor was first told: no figure of the interface, so out of the rows."""
        query = select(notices.c.ticket, func.min(notices.c.sent_at)).where(notices.c.key.startswith("ticket/"))
        with reading(self.centre.engine) as conn:
            return {row[0]: row[1] for row in conn.execute(query.group_by(notices.c.ticket)) if row[1] is not None}


def run(days: int, each: int, seed: int, folder: Path, step_ms: int = 15 * MINUTE) -> Figures:
    """The proof in `folder`; `step_ms` is a multiple of the polls' interval."""
    began = time.time_ns() // 1_000_000 // INTERVAL * INTERVAL - (days + 1) * 86_400_000
    told = story(seed, days, each, began)
    world, started = World(told, folder, step_ms), time.monotonic()
    with world.running():
        world.replay()
        tickets = [world.http.get(f"/tickets/{one['id']}").json() for one in world.all("/tickets")]
        return _figures(world, tickets, days, time.monotonic() - started)


def _figures(world: World, tickets: list[dict[str, Any]], days: int, seconds: float) -> Figures:
    outages = list(world.all("/outages"))
    told = world.notified()
    wrong = [
        found
        for one in tickets
        if one["purpose"] == "fault"
        and (found := difference(one, _mine(outages, one["id"]), told.get(one["id"]), world.told))
    ]
    clocks = [one["clock"] for one in tickets if one["clock"]]
    reported = sum(bool(event["detail"].get("symptom") == "卡纸") for one in tickets for event in one["events"])
    report = _reconciliation(world)
    linked = {(one["device"], parse(one["from"])): one["ticket"] for one in outages}
    wrong += differences(world.told, report["faults"], tickets, linked)
    calls = sum(deed.path == "/tickets" for deed in world.told.deeds)
    classes = Counter(piece["class"] for clock in clocks for piece in clock["slices"])
    return Figures(
        days=days,
        devices=len(world.told.devices),
        outages=len(world.told.outages),
        facts=world.seq,
        entered=sum(world.answers.values()),
        refused=world.answers["409"],
        unanswered=sum(n for code, n in world.answers.items() if code not in ("200", "201", "409")),
        tickets=len(tickets),
        clocks=len(clocks),
        breached=sum(clock["breached"] for clock in clocks),
        missed=abs(calls - reported) + abs(len(outages) - len(world.told.outages)),
        classes=dict(sorted(classes.items())),
        reconciled=dict(Counter(name for one in report["faults"] for name in one["classes"])),
        seconds=round(seconds, 1),
        wrong=wrong[:20],
    )


def _reconciliation(world: World) -> dict[str, Any]:
    within = {"from": render_instant(world.told.began), "until": render_instant(world.told.until)}
    said: dict[str, Any] = world.http.get("/reports/reconciliation", params=within).raise_for_status().json()
    assert said["total"]["faults"] == len(said["faults"])
    return said


def _mine(outages: list[dict[str, Any]], ticket: str) -> list[dict[str, Any]]:
    return [one for one in outages if one["ticket"] == ticket]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", type=int, default=30, help="minutes")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # the clock steps
    with tempfile.TemporaryDirectory() as folder:
        figures = run(given.days, given.each, given.seed, Path(folder), given.step * MINUTE)
    tell(asdict(figures), figures.clean, given.json)


if __name__ == "__main__":
    main()
