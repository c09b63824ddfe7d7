"""The demo as a new user meets it: the page in seconds, a fault without a reload, its ticket, a clean end."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, sync_playwright

from tests.proof.process import free_port, wait_until
from tests.test_schemas import schema

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]

MESSAGES = {
    "obs": "observation", "collectors": "heartbeat", "receipts": "receipt", "status": "status", "alerts": "alert",
}  # fmt: skip
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Demo:
    """A running demo."""

    folder: Path
    address: str
    process: subprocess.Popen[bytes]
    opened_after_s: float

    def get(self, path: str) -> Any:
        """JSON of its interface."""
        with urllib.request.urlopen(f"{self.address}/api/v1{path}", timeout=30) as answer:
            return json.load(answer)

    @property
    def broker_port(self) -> int:
        """Where its broker listens."""
        settings = (self.folder / "hallwatch-demo" / "hallwatch.toml").read_text()
        found = re.search(r'\[mqtt\]\nlisten = "127.0.0.1:(\d+)"', settings)
        assert found
        return int(found[1])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    command = [sys.executable, "-m", "hallwatch", "demo", "--listen", f"127.0.0.1:{port}", "--language", "en"]
    with (folder / "log").open("wb") as log:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "LANG": "C.UTF-8"})
    address = f"http://127.0.0.1:{port}"
    wait_until("the page", lambda: _answers(address), 90)
    try:
        yield Demo(folder, address, process, time.monotonic() - began)
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def page(demo: Demo) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is not installed"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        try:
            page = browser.new_page()
            page.goto(demo.address)
            yield page
        finally:
            browser.close()


def test_the_page_is_open_within_seconds(demo: Demo) -> None:
    assert demo.opened_after_s < 60, "three on a machine that does nothing else"


def test_a_fault_appears_on_the_wall_without_a_reload(demo: Demo, page: Page) -> None:
    page.evaluate("window.neverReloaded = true")
    page.wait_for_selector("#broken ol.troubles li", timeout=45_000)
    assert page.evaluate("window.neverReloaded") is True
    assert demo.get("/outages")["items"]


def test_the_fault_gets_a_ticket_and_the_vendor_an_alert(demo: Demo) -> None:
    alerts: queue.Queue[Any] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="a-vendor")
    client.on_message = lambda _client, _data, message: alerts.put((message.topic, json.loads(message.payload)))
    client.connect("127.0.0.1", demo.broker_port)
    client.subscribe("hallwatch/v1/#", 1)
    client.loop_start()
    try:
        wait_until("a ticket", lambda: demo.get("/tickets")["items"], 60)
        found: dict[str, Any] = {}
        while len(found) < len(MESSAGES):
            topic, document = alerts.get(timeout=60)
            found[topic.split("/")[2]] = document
    finally:
        client.disconnect()
        client.loop_stop()
    assert found["alerts"]["ticket"].startswith("T-")
    for topic, document in found.items():
        jsonschema.validate(document, schema(MESSAGES[topic]))


def test_what_is_told_is_what_the_simulated_device_has(demo: Demo) -> None:
    """Every device that the wall calls down is one that answers nothing or says what stops it, when polled by hand."""
    down = [row["device"] for row in demo.get("/outages")["items"] if row["until"] is None]
    assert down
    command = [sys.executable, "-m", "hallwatch", "poll", down[0], "--json", "-c", "hallwatch-demo/hallwatch.toml"]
    polled = json.loads(subprocess.run(command, cwd=demo.folder, capture_output=True, check=True, timeout=90).stdout)
    assert polled["device"] == down[0]
    assert polled["why"]


def test_ctrl_c_ends_it_and_leaves_only_its_folder(demo: Demo) -> None:
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    assert sorted(entry.name for entry in demo.folder.iterdir()) == ["hallwatch-demo", "log"]
    assert b"Traceback" not in (demo.folder / "log").read_bytes()
