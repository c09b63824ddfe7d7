"""Two alerts on one PostgreSQL: what is due happens once, whoever is quicker."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from alerts.loop import Alerts
from store import notices
from store.database import migrate, open_database, reading, writing
from store.schema import notices as notice_rows
from store.schema import outages
from tests.alerts.site import MINUTE, PRINTER, T0, Kind, Site, document
from tests.postgres import postgres

pytestmark = pytest.mark.server
COUNT = 30


@pytest.fixture
def url() -> Iterator[str]:
    with postgres() as server:
        made = server.url(server.create())
        engine = open_database(made)
        migrate(engine)
        engine.dispose()
        yield made


def test_K1_two_alerts_at_once_open_one_ticket_of_an_outage_and_each_notice_is_taken_by_one(
    url: str, tmp_path: Path
) -> None:
    city = document()
    printer = {"kind": "printer", "hall": "h-01", "interval": 60, "vendor": "v-1"}
    city["devices"] += [{"id": f"X-{n}", **printer} for n in range(COUNT)]
    site = Site(tmp_path, city=city, url=url)
    for n in range(COUNT):
        site.outage(f"X-{n}", 0)
    together = threading.Barrier(2)
    failed: list[BaseException] = []
    taken: list[int] = []

    def work() -> None:
        own = open_database(url)
        alerts = Alerts(own, site.settings, {"printer": PRINTER, "switch": Kind()})
        try:
            for minute in (1, 6, 7, 8):
                together.wait(60)
                alerts.step(T0 + minute * MINUTE)
            with writing(own) as conn:
                taken.extend(one.id for one in notices.claim(conn, T0 + 9 * MINUTE, 1000))
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)
            together.abort()
        finally:
            own.dispose()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(site.engine) as conn:
        tickets = list(conn.scalars(select(outages.c.ticket)))
        waiting = conn.execute(select(notice_rows.c.ticket, notice_rows.c.channel, notice_rows.c.target)).all()
    assert failed == []
    assert len(site.tickets()) == len(set(tickets)) == COUNT
    assert max(Counter(map(tuple, waiting)).values()) == 1
    assert len(taken) == len(set(taken)) > 0
    site.engine.dispose()
