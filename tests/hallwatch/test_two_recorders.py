"""Recorders, alerts and pages as processes of the command line on one PostgreSQL: two at once, and while it is away."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from store import inventory, judged
from store.database import open_database, reading, writing
from store.schema import observations
from tests.mosquitto import Mosquitto, free_port, mosquitto
from tests.postgres import PASSWORD, Postgres, postgres
from tests.proof.process import Process, wait_until
from tests.recorder.brokers import BareCollector
from tests.recorder.centre import T0, city, message

pytestmark = [pytest.mark.server, pytest.mark.timeout(400)]
COUNT = 40
PATIENCE_S = 90.0
AWAY = "waiting for the database"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres(durable=True) as running:
        yield running


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path_factory.mktemp("broker")) as running:
        yield running


class Places:
    """Folders with settings, and the processes of the command line that run in them."""

    def __init__(self, folder: Path, server: Postgres, broker: Mosquitto) -> None:
        self._folder, self._running = folder, ExitStack()
        if server.process is None:
            server.start()
        self.database = server.url(server.create())
        self._common = f'[database]\nurl = "{self.database}"\n[mqtt]\nurl = "{broker.url}"\n'

    def start(self, name: str, command: str, more: str = "") -> Process:
        """`hallwatch COMMAND` in a folder of its own."""
        file = self._folder / name / "hallwatch.toml"
        file.parent.mkdir()
        file.write_text(self._common + more)
        process = Process(name, [sys.executable, "-m", "hallwatch", command, "-c", str(file)], file.parent)
        process.start()
        self._running.callback(process.kill)
        return process

    def engine(self) -> Engine:
        """The database that they have made, with a small city in it."""
        opened = open_database(self.database)
        self._running.callback(opened.dispose)
        with writing(opened) as conn:
            inventory.apply(conn, city(), T0, "test")
        return opened

    def close(self) -> None:
        self._running.close()


@pytest.fixture
def places(tmp_path: Path, server: Postgres, broker: Mosquitto) -> Iterator[Places]:
    with closing(Places(tmp_path, server, broker)) as made:
        yield made


@pytest.fixture
def gateways(broker: Mosquitto) -> Iterator[dict[str, BareCollector]]:
    with ExitStack() as all_of_them:
        yield {name: all_of_them.enter_context(closing(BareCollector(broker.port, name))) for name in ("c-01", "c-02")}


def says(process: Process, words: str, times: int = 1) -> Callable[[], bool]:
    return lambda: process.log.read_text().count(words) >= times


def sent_and_stored(gateways: dict[str, BareCollector], name: str, count: int) -> None:
    """The first `count` observations of a gateway are receipted."""
    device = {"c-01": "P-0001", "c-02": "P-0002"}[name]
    epoch = f"0198c0de-0000-7000-8000-00000000000{name[-1]}"
    said = [message(n + 1, device, n, "up", collector=name, epoch=epoch) for n in range(count)]
    gateways[name].send_until_receipt(said, PATIENCE_S)


def test_two_recorders_on_one_postgresql_share_the_gateways_and_store_each_fact_once(
    places: Places, server: Postgres, gateways: dict[str, BareCollector]
) -> None:
    server.stop()
    both = [
        places.start("first", "recorder"),
        places.start("second", "recorder", '[recorder]\nclient = "hallwatch-recorder-2"\ncollectors = ["c-02"]\n'),
    ]
    for one in both:
        wait_until("its waiting", says(one, AWAY), PATIENCE_S)
    server.start()
    for one in both:
        wait_until("its subscription", says(one, "recorder.subscribed"), PATIENCE_S)
    engine = places.engine()
    for name in gateways:  # both hear those of c-02
        sent_and_stored(gateways, name, COUNT)
    server.stop(at_once=True)
    server.start()
    both[0].kill()
    sent_and_stored(gateways, "c-02", 2 * COUNT)
    with pytest.raises(AssertionError, match=f"receipt {COUNT}"):
        gateways["c-01"].send_until_receipt([message(COUNT + 1, "P-0001", COUNT, "up")] * (COUNT + 1), 3)
    both[0].start()
    sent_and_stored(gateways, "c-01", 2 * COUNT)
    with reading(engine) as conn:
        assert conn.scalar(select(func.count()).select_from(observations)) == 4 * COUNT
        assert judged.counted(conn)["stored"] == 4 * COUNT
    for one in both:
        assert one.alive()
        said = one.log.read_text()
        assert "recorder.disconnected" not in said, said
        assert "Traceback" not in said, said
        assert PASSWORD not in said


def test_what_is_started_before_its_postgresql_waits_for_it_and_outlives_its_restart(
    places: Places, server: Postgres
) -> None:
    page = f"127.0.0.1:{free_port()}"
    server.stop()
    parts = [places.start(name, name, f'[http]\nlisten = "{page}"\n') for name in ("recorder", "alerts", "api")]
    for one in parts:
        wait_until("its waiting", says(one, AWAY), PATIENCE_S)
    server.start()
    wait_until("pages", lambda: answer(page)[1], PATIENCE_S)
    server.stop(at_once=True)
    wait_until("pages that say so", lambda: answer(page) == (503, False), PATIENCE_S)
    assert answer(page, "/board") == (503, False)
    for one in parts[:2]:
        wait_until("its trouble", says(one, "Connection refused", 2), PATIENCE_S)
    server.start()
    wait_until("pages again", lambda: answer(page)[1], PATIENCE_S)
    for one in parts:
        assert one.alive()
        said = one.log.read_text()
        assert "Traceback" not in said, said
        assert '"exc_type"' not in said, said
        assert PASSWORD not in said


def answer(page: str, path: str = "/readyz") -> tuple[int, bool]:
    """The status of an answer, 0 where nobody listens, and whether it is the database's word."""
    try:
        asked = urllib.request.Request(f"http://{page}{path}", headers={"authorization": "Bearer nobody"})
        with urllib.request.urlopen(asked, timeout=20) as answered:
            return answered.status, b'"checks"' in answered.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b'"checks"' in error.read()
    except OSError:
        return 0, False
