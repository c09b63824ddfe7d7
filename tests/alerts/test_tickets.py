"""K2, K3: the one function that changes a ticket, and how a report finds its ticket."""

from __future__ import annotations

import threading

import pytest

from alerts.tickets import Happening, ImpossibleOrder, New, NoTicket, Reported, change, report
from store import changes
from store import tickets as rows
from store.database import reading
from tests.alerts.site import HOUR, MINUTE, T0, Site


def phone(site: Site, minute: float = 0, external_id: str | None = None, device: str = "P-1") -> Reported:
    at = T0 + round(minute * MINUTE)
    with site.write() as conn:
        return report(
            conn, New(site.numbers[device], "phone", "不出纸", "v-1", external_id), at, "desk", max(at, T0 + HOUR)
        )


def happen(site: Site, event: str, minute: float, **detail: str) -> None:
    with site.write() as conn:
        at = T0 + round(minute * MINUTE)
        change(conn, site.ticket().id, Happening(event, at, "v-1", detail), at)


def test_K2_the_row_says_what_the_events_make_of_it(site: Site) -> None:
    phone(site)
    happen(site, "acknowledged", 1)
    happen(site, "restored", 30, how="repaired")
    assert (site.ticket().state, site.ticket().closed_at) == ("restored", T0 + 30 * MINUTE)


def test_K2_an_event_entered_late_is_judged_where_it_happened(site: Site) -> None:
    phone(site)
    happen(site, "restored", 30)
    happen(site, "arrived", 20)
    assert site.life() == [("opened", 0), ("arrived", 20), ("restored", 30)]
    assert site.ticket().state == "restored"


def test_K2_an_impossible_order_writes_nothing(site: Site) -> None:
    phone(site)
    with pytest.raises(ImpossibleOrder, match="not restored"):
        happen(site, "verified", 1)
    assert site.life() == [("opened", 0)]


def test_K2_an_event_that_makes_a_later_one_impossible_is_refused(site: Site) -> None:
    phone(site)
    happen(site, "arrived", 20)
    with pytest.raises(ImpossibleOrder):
        happen(site, "restored", 10)


def test_K2_the_future_is_refused(site: Site) -> None:
    phone(site)
    with site.write() as conn, pytest.raises(ImpossibleOrder, match="future"):
        change(conn, site.ticket().id, Happening("arrived", T0 + HOUR, "v-1"), T0)


def test_an_unknown_ticket_is_told(site: Site) -> None:
    with site.write() as conn, pytest.raises(NoTicket):
        change(conn, "T-9", Happening("note", T0, "me"), T0)


def test_every_change_is_listed_for_the_pages(site: Site) -> None:
    phone(site)
    happen(site, "acknowledged", 1)
    with reading(site.engine) as conn:
        said = [one.document["event"] for one in changes.since(conn, 0) if one.kind == "ticket"]
    assert said == ["opened", "acknowledged"]


def test_of_two_people_at_once_one_wins_and_the_other_is_told(site: Site) -> None:
    phone(site)
    told: list[str] = []
    start = threading.Barrier(2)

    def restore() -> None:
        start.wait()
        try:
            happen(site, "restored", 10)
        except ImpossibleOrder as refused:
            told.append(refused.state)
        else:
            told.append("won")

    people = [threading.Thread(target=restore) for _ in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(told) == ["restored", "won"]


def test_K3_a_second_report_joins_the_open_ticket(site: Site) -> None:
    first = phone(site)
    assert phone(site, 3).how == "joined"
    assert phone(site, 3).ticket.id == first.ticket.id
    assert phone(site, 3, device="P-2").how == "new"


@pytest.mark.parametrize(
    ("minute", "how"),
    [(10, "joined"), (30, "reopened"), (45, "reopened"), (45.001, "new"), (-15, "joined"), (-16, "new")],
)
def test_K3_a_report_near_a_restored_ticket_finds_it(site: Site, minute: float, how: str) -> None:
    phone(site)
    happen(site, "restored", 30)
    assert phone(site, minute).how == how


def test_K3_a_cancelled_ticket_is_not_reopened(site: Site) -> None:
    phone(site)
    happen(site, "cancelled", 1, reason="a mistake")
    assert phone(site, 2).how == "new"


def test_K1_an_external_id_is_taken_once(site: Site) -> None:
    first = phone(site, 0, "OA-7")
    happen(site, "cancelled", 1, reason="a mistake")
    again = phone(site, 500, "OA-7")
    assert (again.how, again.ticket.id) == ("known", first.ticket.id)


def test_ids_are_short_and_rise(site: Site) -> None:
    ids = [phone(site, device=device).ticket.id for device in ("P-1", "P-2")]
    assert ids == ["T-000001", "T-000002"]
    with reading(site.engine) as conn:
        assert rows.find(conn, "T-000002") is not None
