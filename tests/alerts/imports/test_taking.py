"""K1-K3, K7: rows become tickets, once; late and corrected ones too, without editing what happened."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.tickets import Happening, New, change, report
from sla.repair import Repair
from sla.ticket import OPEN
from store import complaints, imported
from store import tickets as rows
from store.cases import Cases
from store.database import reading
from store.inventory import load
from store.pages import EVERYTHING
from tests.alerts.imports.files import NOW, at, counts, events, life, row, take, told
from tests.alerts.site import PRINTER, Site, document

pytestmark = pytest.mark.slow

WHOLE = {"acknowledged": "2026-11-02 10:05", "arrived": "2026-11-02 10:40", "restored": "2026-11-02 11:00"}


def contracted() -> dict[str, Any]:
    """The small site under a contract with two hours for printers, travel as it was."""
    city = document()
    valid = {"from": 0, "until": 1 << 50}
    repair = {"start": "phone", "warn": [50], "targets": {"printer": 7200}}
    travel = {"mode": "actual", "default": [{"seconds": 1800, "from": None, "until": None}], "halls": {}}
    covers = {"kinds": ["printer"], "halls": "all"}
    contract = {"id": "c", "vendor": "v-1", "valid": valid, "calendar": "hours", "covers": covers, "repair": repair}
    city["contracts"] = [
        contract | {"travel": travel, "pauses": [], "fee": "1", "payment": "none", "silence": "counts", "terms": []}
    ]
    return city


def clock(site: Site, ticket: rows.Ticket) -> Repair | None:
    with reading(site.engine) as conn:
        cases = Cases.of(conn, load(conn), [ticket], {"printer": PRINTER}, NOW)
    return cases.repair(ticket.n, NOW)


def standing(site: Site) -> rows.Ticket:
    """The only ticket that is not cancelled."""
    (one,) = (ticket for ticket in site.tickets() if ticket.state != "cancelled")
    return one


def phone(site: Site, hour: str, external_id: str | None = None) -> rows.Ticket:
    with site.write() as conn:
        new = New(site.numbers["P-1"], "phone", "不出纸", "v-1", external_id)
        return report(conn, new, at(hour), "desk", NOW).ticket


def happen(site: Site, event: str, hour: str, **detail: str) -> None:
    with site.write() as conn:
        change(conn, site.ticket().id, Happening(event, at(hour), "staff", detail), NOW)


def test_K1_a_row_is_a_ticket_with_its_events(site: Site) -> None:
    found = take(site, row(source="电话", how="修复", cause="卡纸", **WHOLE))
    assert counts(found) == {"new": 1}
    ticket = site.ticket()
    assert (ticket.source, ticket.external_id, ticket.state, ticket.vendor) == ("phone", "OA-1", "restored", "v-1")
    assert life(site) == [("opened", "10:00"), ("acknowledged", "10:05"), ("arrived", "10:40"), ("restored", "11:00")]
    last = events(site)[-1].detail
    assert (last["how"], last["cause"]) == ("repaired", "卡纸")
    assert all(one.detail["imported"] and one.detail["system"] == "oa" for one in events(site))
    assert all(one.detail["external_id"] == "OA-1" and one.by == "desk" for one in events(site))


def test_K1_the_same_row_again_changes_nothing(site: Site) -> None:
    take(site, row(**WHOLE))
    before = events(site)
    assert counts(take(site, row(**WHOLE))) == {"known": 1}
    assert events(site) == before


def test_K1_a_dry_run_says_what_would_be_and_changes_nothing(site: Site) -> None:
    take(site, row("OA-0", opened="2026-11-01 10:00"), row("OA-K", device="P-2"))
    found = take(
        site,
        row("OA-0", opened="2026-11-01 09:00"),
        row("OA-K", device="P-2"),
        row("OA-1"),
        row("OA-2", device="PC-1"),
        row("OA-3", device="PC-1", opened="2026-11-02 10:10"),
        dry_run=True,
    )
    assert counts(found) == {"new": 1, "joined": 2, "known": 1, "corrected": 1}
    assert not found.outcome.taken
    assert len(site.tickets()) == 2


def test_K1_of_a_file_with_a_fault_nothing_is_taken_unless_the_good_rows_are_asked_for(site: Site) -> None:
    bad = row("OA-2", device="P-9")
    assert counts(take(site, row(), bad)) == {"new": 1, "refused": 1}
    assert site.tickets() == []
    found = take(site, row(), bad, skip_bad=True)
    assert (counts(found), found.outcome.taken) == ({"new": 1, "refused": 1}, True)
    assert site.ticket().external_id == "OA-1"


def test_K3_a_row_joins_the_open_ticket_that_monitoring_opened(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(6)
    found = take(site, row(opened="2026-11-02 10:03", dispatched="2026-11-02 10:20"))
    assert counts(found) == {"joined": 1}
    assert life(site) == [("opened", "10:05"), ("note", "10:05"), ("dispatched", "10:20")]
    note = events(site)[1].detail
    assert (note["reported_at"], note["external_id"]) == (at("10:03"), "OA-1")


def test_K6_where_monitoring_saw_the_end_their_word_is_a_remark(site: Site) -> None:
    site.outage("P-1", 0, 58)
    site.look(6)
    site.look(59)
    take(site, row(opened="2026-11-02 10:03", restored="2026-11-02 11:10", how="修复"))
    assert site.ticket().closed_at == at("10:58")
    said = events(site)[-1]
    assert (said.event, said.detail["said"], said.detail["said_at"]) == ("note", "restored", at("11:10"))
    assert said.detail["how"] == "repaired"


def test_K3_a_late_row_of_an_old_fault_joins_no_ticket_of_today(site: Site) -> None:
    phone(site, "10:00")
    late = row(opened="2026-10-20 10:00", restored="2026-10-20 11:00")
    assert counts(take(site, late)) == {"new": 1}
    assert sorted(one.state for one in site.tickets()) == ["opened", "restored"]


def test_K7_a_row_that_is_over_already_is_told_to_nobody(site: Site) -> None:
    take(site, row(**WHOLE))
    site.look(300)
    assert site.told() == []


def test_K3_a_row_within_the_gap_reopens_whatever_the_order_of_the_file(site: Site) -> None:
    again = row("OA-2", opened="2026-11-02 11:10", restored="2026-11-02 11:30")
    take(site, again, row(**WHOLE))
    assert [one[0] for one in life(site)][-3:] == ["restored", "reopened", "restored"]
    assert site.ticket().closed_at == at("11:30")


def test_K3_of_two_rows_for_one_fault_the_longer_one_holds(site: Site) -> None:
    take(site, row(restored="2026-11-02 11:00"), row("OA-2", opened="2026-11-02 10:50", restored="2026-11-02 12:00"))
    assert life(site)[-3:] == [("restored", "11:00"), ("rejected", "11:00"), ("restored", "12:00")]


def test_K1_a_ticket_that_came_over_http_by_the_same_id_is_the_same(site: Site) -> None:
    phone(site, "10:00", "OA-1")
    assert counts(take(site, row(**WHOLE))) == {"joined": 1}
    assert site.ticket().state == "restored"
    assert told(take(site, row(device="P-2", **WHOLE)))[0][2].startswith("only another ticket")


def test_K1_the_id_of_another_devices_ticket_is_refused(site: Site) -> None:
    phone(site, "10:00", "OA-1")
    assert told(take(site, row(device="P-2"))) == [(2, "", "the external id belongs to a ticket of another device")]


def test_K2_an_open_row_that_is_restored_later_goes_on(site: Site) -> None:
    take(site, row())
    assert counts(take(site, row(**WHOLE))) == {"corrected": 1}
    assert [one[0] for one in life(site)] == ["opened", "acknowledged", "arrived", "restored"]


@pytest.mark.parametrize(
    "corrected",
    [
        {"opened": "2026-11-02 09:30"},
        {"opened": "2026-11-02 10:03"},
        {"restored": "2026-11-02 11:30"},
        {"restored": "2026-11-02 10:50"},
        {"restored": ""},
        {"arrived": "2026-11-02 10:20"},
        {"arrived": ""},
        {"dispatched": "2026-11-02 10:10"},
        {"acknowledged": "2026-11-02 10:01"},
        {"opened": "2026-11-02 09:30", "acknowledged": "2026-11-02 09:40", "restored": "2026-11-02 12:00"},
        {"device": "P-2"},
        {"source": "电话"},
        {"cause": "定影器", "how": "换备机"},
        {"cancelled": "2026-11-02 11:30", "reason": "误报"},
    ],
)
def test_a_corrected_row_counts_as_if_it_had_come_so_at_once(tmp_path: Any, corrected: dict[str, str]) -> None:
    first, second = (tmp_path / name for name in ("one", "two"))
    first.mkdir()
    second.mkdir()
    one, other = Site(first, city=contracted()), Site(second, city=contracted())
    take(one, row(**WHOLE))
    entered = events(one)
    new = row(**{**WHOLE, **corrected})
    assert counts(take(one, new)) == {"corrected": 1}
    assert [before for before in entered if before not in [e for t in one.tickets() for e in events(one, t)]] == []
    take(other, new)
    mine = site_ticket(one, "cancelled" in corrected)
    theirs = other.ticket()
    assert (mine.device, mine.source, mine.closed_at) == (theirs.device, theirs.source, theirs.closed_at)
    assert mine.state == theirs.state or {mine.state, theirs.state} <= OPEN
    assert clock(one, mine) == clock(other, theirs)
    assert counts(take(one, new)) == {"known": 1}
    for made in (one, other):
        made.engine.dispose()


def site_ticket(site: Site, cancelled: bool) -> rows.Ticket:
    return site.ticket() if cancelled else standing(site)


def test_another_ticket_takes_the_place_and_the_id(site: Site) -> None:
    take(site, row(**WHOLE))
    take(site, row(**{**WHOLE, "restored": "2026-11-02 10:50"}))
    old = next(one for one in site.tickets() if one.state == "cancelled")
    assert (old.external_id, standing(site).external_id) == (None, "OA-1")
    assert "another ticket takes its place" in events(site, old)[-1].detail["reason"]
    with reading(site.engine) as conn:
        assert imported.known(conn, ["OA-1"])["OA-1"].ticket == standing(site).id


def test_what_others_did_is_not_undone_by_a_corrected_row(site: Site) -> None:
    take(site, row(**WHOLE))
    happen(site, "verified", "11:05")
    found = take(site, row(**{**WHOLE, "restored": "2026-11-02 10:50"}))
    reason = "only another ticket could say so, and others had part in this one; correct it here"
    assert told(found) == [(2, "", reason)]
    assert site.ticket().state == "verified"


def test_a_later_end_after_staff_verified_is_a_remark(site: Site) -> None:
    take(site, row(**WHOLE))
    happen(site, "verified", "11:05")
    assert counts(take(site, row(**{**WHOLE, "restored": "2026-11-02 11:30"}))) == {"corrected": 1}
    assert site.ticket().closed_at == at("11:00")
    assert events(site)[-1].detail["said_at"] == at("11:30")


def test_a_row_cancelled_there_does_not_cancel_what_monitoring_sees(site: Site) -> None:
    site.outage("P-1", 0)
    site.look(6)
    take(site, row(opened="2026-11-02 10:03", cancelled="是"))
    assert site.ticket().state == "opened"
    assert events(site)[-1].detail["said"] == "cancelled"


def test_K5_a_complaint_is_recorded_with_its_ticket_once(site: Site) -> None:
    for _ in range(2):
        take(site, row(complaint="两天没人来", **WHOLE))
    with reading(site.engine) as conn:
        (one,) = complaints.listed(conn, EVERYTHING, complaints.Wanted(), None, 9)
    assert (one.ticket, one.text, one.kind, one.hall) == (site.ticket().id, "两天没人来", "late_repair", "h-01")


def test_K5_a_mere_complaint_opens_no_ticket(site: Site) -> None:
    assert counts(take(site, row(source="投诉", complaint="没人来"))) == {"new": 1}
    assert site.tickets() == []
    assert told(take(site, row("OA-2", source="投诉"))) == [(2, "投诉", "a complaint without a word")]


def test_K2_a_device_that_is_gone_is_accepted_and_flagged(site: Site) -> None:
    city = document()
    city["devices"] = [one | {"retired": at("09:00")} if one["id"] == "P-1" else one for one in city["devices"]]
    from store.inventory import apply

    with site.write() as conn:
        apply(conn, city, NOW, "test")
    take(site, row())
    assert events(site)[0].detail["flag"] == "not_in_service"


@pytest.mark.slow
def test_thousands_of_rows_go_in_while_others_write(site: Site) -> None:
    days = [f"2026-{9 + i // 300:02d}-{1 + i % 28:02d} {8 + i // 28 % 11:02d}" for i in range(200)]
    lines = [
        row(f"OA-{i}", opened=f"{day}:00", restored=f"{day}:30", device=("P-1", "P-2")[i % 2])
        for i, day in enumerate(days)
    ]
    assert sum(counts(take(site, *lines)).values()) == 200
