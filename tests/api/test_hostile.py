"""Names, conditions and values that want to be markup stay text everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert

from store import changes, inventory
from store.database import migrate, open_database, writing
from store.schema import device_states, outages, ticket_events, tickets
from tests.api.conftest import NOW, Served, serving

SCRIPT = "<script>alert(1)</script>"
QUOTES = "\"' onmouseover='alert(1)' x=\"</title><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}"
DEVICE = "P\"'><script>alert(1)<&script>é 印"


class Tags(HTMLParser):
    """What a browser would make of a page: tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city in which every text is hostile."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('nasty') / 'n.db'}")
    migrate(engine)
    with writing(engine) as conn:
        _fill(conn)
    with serving(engine, metrics=Odd()) as served:
        yield served
    engine.dispose()


class Odd:
    """Fields with hostile names."""

    def fields(self, device: str) -> list[str]:
        """Some."""
        return [SCRIPT, QUOTES, "supply.1.level", "rtt_ms"]

    def series(self, *_: object) -> list[tuple[int, float, float, float]]:
        """None."""
        return []


def _fill(conn: Any) -> None:
    device = {"id": DEVICE, "kind": SCRIPT, "hall": "h/1", "model": QUOTES, "vendor": "v", "serial": SCRIPT}
    document = {
        "branches": [{"id": "b", "name": SCRIPT}],
        "halls": [{"id": "h/1", "name": QUOTES, "branch": "b", "kind": SCRIPT}],
        "vendors": [{"id": "v", "name": QUOTES}],
        "devices": [device | {"address": SCRIPT}],
    }
    n = inventory.apply(conn, document, NOW - 1000, SCRIPT).devices[DEVICE].n
    values = {"supply.1.description": SCRIPT, "supply.1.level": 50, "supply.1.capacity": 100, "pages": QUOTES}
    last = {"state": SCRIPT, "conditions": [SCRIPT, QUOTES], "cause": QUOTES, "collector": SCRIPT, "values": values}
    state = {"device": n, "state": "down", "since": NOW - 5000, "cause": SCRIPT, "owner": QUOTES[:16]}
    conn.execute(insert(device_states).values(state | {"last": last, "last_ts": NOW - 1000}))
    row = {"device": n, "start": NOW - 5000, "confirmed_at": NOW, "cause": SCRIPT, "owner": QUOTES[:16]}
    conn.execute(insert(outages).values(row | {"ticket": QUOTES[:32]}))
    ticket = {"id": "T\"'<b>", "device": n, "vendor": "v", "source": SCRIPT[:16], "symptom": QUOTES}
    conn.execute(insert(tickets).values(ticket | {"external_id": SCRIPT, "opened_at": NOW - 900, "state": "open"}))
    event = {"ticket": 1, "event": SCRIPT[:16], "at": NOW, "recorded_at": NOW, "by": QUOTES}
    conn.execute(insert(ticket_events).values(event | {"detail": {SCRIPT: QUOTES, "list": [SCRIPT]}}))
    changes.add(conn, NOW, "state", DEVICE, "v", {"hall": "h/1"})


PAGES = (
    "/",
    "/wall/live?hall=h/1",
    "/tickets?show=all",
    "/work?vendor=v",
    f"/devices/{quote(DEVICE, safe='')}?field={quote(SCRIPT, safe='')}",
    "/tickets/" + quote("T\"'<b>", safe=""),
    "/sign-in?next=" + quote("/\"'><script>alert(1)</script>", safe=""),
    "/" + quote(SCRIPT, safe=""),
    "/language/" + quote(SCRIPT, safe=""),
)


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_text_stays_text(nasty: Served, path: str, language: str) -> None:
    answer = nasty.as_("viewer", cookies={"hallwatch_language": language}).get(path)
    assert answer.status_code in (200, 404)
    parser = Tags()
    parser.feed(answer.text)
    for tag, attributes in parser.tags:
        assert tag not in ("img", "b:script", "iframe"), answer.text
        assert not any(name.startswith("on") for name in attributes), attributes
        assert "style" not in attributes
        assert tag != "script" or str(attributes.get("src", "")).startswith("/static/")
    assert "alert(1)</script>" not in answer.text
    assert "49" not in [attributes.get("title") for _, attributes in parser.tags]


@pytest.mark.slow
def test_hostile_names_are_found_again_by_their_links(nasty: Served) -> None:
    parser = Tags()
    reader = nasty.as_("viewer")
    parser.feed(reader.get("/").text)
    links = {attributes["href"] for tag, attributes in parser.tags if tag == "a" and "href" in attributes}
    device = next(str(link) for link in links if str(link).startswith("/devices/"))
    ticket = next(str(link) for link in links if str(link).startswith("/tickets/"))
    assert reader.get(device).status_code == 200
    assert reader.get(ticket).status_code == 200


def test_hostile_names_come_back_whole_as_json(nasty: Served) -> None:
    answer = nasty.as_("viewer").get(f"/api/v1/devices/{quote(DEVICE, safe='')}")
    assert answer.json()["id"] == DEVICE
    assert answer.headers["content-type"] == "application/json"


def test_static_files_stay_within_their_folder(nasty: Served, tmp_path: Path) -> None:
    reader = nasty.as_(None)
    for path in ("..%2f..%2fapp.py", "%2e%2e/app.py", "vendor/..%2f..%2fapp.py", "%00", "vendor"):
        assert reader.get(f"/static/x/{path}").status_code == 404
