"""R2, K6, C1: a ticket's case out of the database, its clock as the rules' examples say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from sla.instant import parse
from sla.judge import Outage
from sla.repair import Repair
from sla.seen import Seen
from store import facts, inventory, judged, notices
from store import tickets as rows
from store.cases import Cases
from store.database import reading, writing
from store.readings import Readings
from store.readings import reading as said
from store.schema import notices as notice_rows
from store.schema import outages, ticket_events, tickets
from store.tickets import Ticket
from tests.alerts.site import HOUR, MINUTE, PRINTER, T0, Kind, Site, document
from tests.sla.example_states import Example, asking
from tests.sla.example_states import facts as facts_of

pytestmark = pytest.mark.slow

POLICIES = {"printer": PRINTER, "switch": Kind()}


def agreed(begin: str = "phone", calendar: dict[str, Any] | None = None) -> dict[str, Any]:
    """The site with a contract without travel, whose repair hours never end."""
    contract: dict[str, Any] = {
        "id": "c-1",
        "vendor": "v-1",
        "valid": {"from": 0, "until": T0 + 9_000 * HOUR},
        "calendar": None,
        "covers": {"kinds": "all", "halls": "all"},
        "repair": {"start": begin, "warn": [100], "targets": {"printer": 7200}},
        "travel": {"mode": "allowance", "default": [], "halls": {}},
        "pauses": [],
        "silence": "vendor",
        "fee": None,
        "payment": "none",
        "terms": [],
    }
    city = document() | {"contracts": [contract]}
    return city if calendar is None else city | {"calendars": {"hours": calendar}}


@contextmanager
def agreeing(path: Path, begin: str = "phone", calendar: dict[str, Any] | None = None) -> Iterator[Site]:
    site = Site(path, city=agreed(begin, calendar))
    yield site
    site.engine.dispose()


def ticket(conn: Connection, site: Site, *happened: tuple[str, int, dict[str, Any]], device: str = "P-1") -> Ticket:
    """A ticket with these events, each with its instant and detail."""
    (_, opened, detail), *_ = happened
    vendor = None if device == "PC-1" else "v-1"
    made = rows.add(conn, site.numbers[device], detail.get("source", "phone"), "x", opened, vendor=vendor)
    for name, at, more in happened:
        rows.append(conn, made.n, name, at, at, "somebody", more)
    return made


def see(conn: Connection, device: int, seen: list[Seen]) -> None:
    """As the recorder stores what a collector saw."""
    words = [said("c-01", one.state, one.conditions, None, one.interval_ms // 1000) for one in seen]
    numbers = Readings().intern(conn, words)
    stored = [
        facts.Fact(device, one.ts, numbers[word], one.ts // 1000, None, None)
        for one, word in zip(seen, words, strict=True)
    ]
    facts.store(conn, stored)


def fail(conn: Connection, device: int, outage: Outage, to: str | None, owner: str = "vendor") -> None:
    """As the recorder writes an outage, and the detector its ticket."""
    row: dict[str, Any] = {"device": device, "start": outage.start, "until": outage.until, "last_ok": outage.last_ok}
    row |= {"confirmed_at": outage.confirmed_at, "cause": "jammed", "owner": owner, "ticket": to}
    judged.add_outage(conn, row)


def known(engine: Engine, some: list[Ticket], now: int) -> Cases:
    with reading(engine) as conn:
        return Cases.of(conn, inventory.load(conn), some, POLICIES, now)


def clock(site: Site, one: Ticket, now: int) -> Repair | None:
    return known(site.engine, [one], now).repair(one.n, now)


PHONED = ("opened", T0 + 5 * MINUTE, {"source": "phone"})
DETECTED = ("opened", T0 + 5 * MINUTE, {"source": "detected"})


@pytest.mark.parametrize("example", asking({"restored": lambda *_: None}), ids=lambda one: one.id)
def test_K6_the_clock_ends_as_the_example_says(example: Example, tmp_path: Path) -> None:
    told, wall = facts_of(example), example.wall
    hours = example.given["hours"] | {"zone": "Asia/Shanghai"}
    claim = wall.instant(example.text("claim"))
    events = [("opened", told.seen[0].ts, {"source": "phone"}), ("restored", claim, {})]
    events += [("verified", wall.instant(example.text("staff")), {})] if "staff" in example.given else []
    with agreeing(tmp_path, calendar=hours) as site:
        with site.write() as conn:
            one = ticket(conn, site, *events)
            see(conn, site.numbers["P-1"], list(told.seen))
            for outage in told.outages:
                fail(conn, site.numbers["P-1"], outage, one.id)
            for outage in told.ancestors[0].outages if told.ancestors else ():
                fail(conn, site.numbers["SW-1"], outage, None)
        found = clock(site, one, example.now)
        assert found is not None
        assert wall.shown(found.until) == wall.said(example.text("restored") or str(example.expect["restored"]))


@pytest.mark.parametrize(
    ("begin", "opened", "sent", "start"),
    [
        ("phone", PHONED, 3, 5),
        ("phone", DETECTED, 3, None),
        ("notified", PHONED, 3, 3),
        ("notified", PHONED, 7, 5),
        ("notified", DETECTED, 7, 7),
        ("notified", DETECTED, None, None),
    ],
)
def test_R2_the_clock_starts_by_phone_or_with_the_first_success(
    tmp_path: Path, begin: str, opened: Any, sent: int | None, start: int | None
) -> None:
    with agreeing(tmp_path, begin) as site:
        with site.write() as conn:
            one = ticket(conn, site, opened)
            for key, at in ((f"ticket/{one.id}/1/mail", 9), (f"ticket/{one.id}/1/mqtt", sent), ("test/1", 1)):
                notices.enqueue(conn, key, "mail", "a@b", "{}", T0, ticket=one.id)
                if at is not None and sent is not None:
                    done = notice_rows.update().where(notice_rows.c.key == key)
                    conn.execute(done.values(state="sent", sent_at=T0 + at * MINUTE))
        found = clock(site, one, T0 + HOUR)
        assert (found and (found.start - T0) // MINUTE) == start


@pytest.mark.parametrize(
    ("conditions", "behind", "start"),
    [
        ({0: ()}, None, 0),
        ({0: ("noPaper",), 4: ("jammed",)}, None, 4),
        ({0: ("noPaper",)}, None, 5),
        ({0: ()}, (-1, 3), 3),
    ],
    ids=["silence", "the hall's paper first", "the hall's paper only: the call", "behind the switch first"],
)
def test_R2_detected_starts_with_the_first_second_that_is_the_vendors(
    tmp_path: Path, conditions: dict[int, tuple[str, ...]], behind: tuple[int, int] | None, start: int
) -> None:
    with agreeing(tmp_path, "detected") as site:
        with site.write() as conn:
            one = ticket(conn, site, PHONED)
            at = [(T0 + minute * MINUTE, words) for minute, words in conditions.items()]
            up = Seen(T0 - 3 * MINUTE, "up", MINUTE, ())
            last = Seen(T0 + 3 * MINUTE, "down", MINUTE, at[0][1])
            seen = sorted([up, last, *(Seen(ts, "down", MINUTE, words) for ts, words in at)])
            see(conn, site.numbers["P-1"], seen)
            fail(conn, site.numbers["P-1"], Outage(T0, None, up.ts, T0 + 1000), one.id)
            if behind is not None:
                from_, until = (T0 + minute * MINUTE for minute in behind)
                fail(conn, site.numbers["SW-1"], Outage(from_, until, None, from_), None)
        found = clock(site, one, T0 + HOUR)
        assert found is not None
        assert (found.start - T0) // MINUTE == start


@pytest.mark.parametrize(("opens", "start"), [("07:00", 1), ("08:30", 45), ("09:00", 75)])
def test_O10_R2_what_began_in_closed_hours_is_the_vendors_a_quarter_of_an_hour_after_opening(
    tmp_path: Path, opens: str, start: int
) -> None:
    began = parse("2026-10-13T00:00:00Z")  # eight o'clock in the hall
    with agreeing(tmp_path, "detected", {"zone": "Asia/Shanghai", "week": {"mon-sun": [f"{opens}-20:00"]}}) as site:
        with site.write() as conn:
            one = ticket(conn, site, ("opened", began + 2 * HOUR, {"source": "phone"}))
            seen = [Seen(began + n * MINUTE, "down" if n else "up", MINUTE, ()) for n in range(3)]
            see(conn, site.numbers["P-1"], seen)
            fail(conn, site.numbers["P-1"], Outage(began + MINUTE, None, began, began + 2 * MINUTE), one.id)
        found = clock(site, one, began + 3 * HOUR)
        assert found is not None
        assert (found.start - began) // MINUTE == start


def test_C1_the_owner_is_the_vendor_if_any_outage_is(tmp_path: Path) -> None:
    with agreeing(tmp_path) as site:
        with site.write() as conn:
            some = [ticket(conn, site, PHONED, device=device) for device in ("P-1", "P-2", "PC-1")]
            for minute, owner in ((1, "hall"), (9, "vendor")):
                at = T0 + minute * MINUTE
                fail(conn, site.numbers["P-1"], Outage(at, at + MINUTE, None, at), some[0].id, owner)
            fail(conn, site.numbers["P-2"], Outage(T0, None, None, T0), some[1].id, "hall")
        found = known(site.engine, some, T0 + HOUR).by_number
        assert [found[one.n].owner for one in some] == ["vendor", "hall", "undetermined"]
        assert [found[one.n].has_vendor for one in some] == [True, True, False]


def test_K1_preventive_work_has_no_clock(tmp_path: Path) -> None:
    with agreeing(tmp_path) as site:
        with site.write() as conn:
            one = rows.add(conn, site.numbers["P-1"], "phone", "x", T0, vendor="v-1", condition="lowToner")
            rows.append(conn, one.n, "opened", T0, T0, "desk", {"source": "phone"})
        found = known(site.engine, [one], T0 + HOUR)
        assert (found.repair(one.n, T0 + HOUR), found.contract(one.n)) == (None, None)


def test_R1_a_ticket_without_a_contract_has_no_clock(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with site.write() as conn:
        one = ticket(conn, site, PHONED)
    assert clock(site, one, T0 + HOUR) is None
    site.engine.dispose()


def many(conn: Connection, site: Site, count: int, *happened: tuple[str, int, dict[str, Any]]) -> list[Ticket]:
    """So many tickets of one device, each with an outage of half a second that ended before any claim."""
    row = {"device": site.numbers["P-1"], "vendor": "v-1", "source": "phone", "symptom": "x", "opened_at": T0}
    conn.execute(tickets.insert(), [row | {"id": f"T-{i}", "state": "opened"} for i in range(count)])
    made = rows.of_device(conn, site.numbers["P-1"])
    said = [
        {"ticket": one.n, "event": name, "at": at, "recorded_at": at, "by": "x", "detail": more}
        for one in made
        for name, at, more in happened
    ]
    conn.execute(ticket_events.insert(), said)
    failed = {"device": site.numbers["P-1"], "last_ok": None, "cause": "jammed", "owner": "vendor"}
    spells = [(T0 + 1000 * i, one.id) for i, one in enumerate(made)]
    instants = [{"start": at, "until": at + 500, "confirmed_at": at, "ticket": id} for at, id in spells]
    conn.execute(outages.insert(), [failed | one for one in instants])
    return made


@pytest.mark.parametrize("claimed", [False, True], ids=["open", "restored after the outage ended"])
def test_many_tickets_are_read_in_few_statements(tmp_path: Path, claimed: bool) -> None:
    happened = [PHONED, ("restored", T0 + 30 * MINUTE, {})] if claimed else [PHONED]
    with agreeing(tmp_path) as site:
        with writing(site.engine) as conn:
            some = many(conn, site, 500, *happened)
        asked: list[object] = []
        event.listen(site.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        found = known(site.engine, some, T0 + HOUR)
        assert len(found.by_number) == 500
        assert all(found.repair(one.n, T0 + HOUR) is not None for one in some)
        assert len(asked) < 15
