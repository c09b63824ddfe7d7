"""K2, K3, K5 over HTTP: reports, events, complaints; who may do what, and what is said where it cannot be."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from store.database import open_database, reading
from store.schema import devices, ticket_events
from tests.api import seed
from tests.api.agreed import HOUR, OTHER, PRINTER, TICKETS, Fresh, agree, agreed, at, happen, report
from tests.api.conftest import NOW, Served, serving

COMPLAINTS = "/api/v1/complaints"
_FRESH: Final = (n for n in range(12, 200) if seed.INSIDE[n % 12] == "printer")


@pytest.fixture(scope="module")
def city(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city with a contract and many printers: each test takes some of its own."""
    place = tmp_path_factory.mktemp("acts") / "city.db"
    shutil.copy(small, place)
    engine = open_database(f"sqlite:///{place}")
    with serving(engine) as served:
        agree(served, inside=200)
        yield served
    engine.dispose()


@pytest.fixture
def printer() -> str:
    """A printer of h-01 that no other test has."""
    return seed.device_id(0, next(_FRESH))


def ticket_in(city: Served, device: str, minute: float = -30) -> str:
    return str(report(city, device, minute).json()["id"])


def test_a_report_opens_a_ticket_and_a_second_one_joins_it(city: Served, printer: str) -> None:
    first, second = report(city, printer), report(city, printer, minute=-20, symptom="还是卡纸")
    assert (first.status_code, first.json()["how"], first.json()["state"]) == (201, "new", "opened")
    assert (second.status_code, second.json()["how"]) == (200, "joined")
    assert second.json()["id"] == first.json()["id"]
    assert first.json()["vendor"] == "v-1"
    assert [one["event"] for one in second.json()["events"]] == ["opened", "note"]


def test_K3_a_report_soon_after_the_restoration_reopens(city: Served, printer: str) -> None:
    ticket = ticket_in(city, printer)
    happen(city, ticket, "restored", -20, how="repaired")
    assert report(city, printer, minute=-10).json()["how"] == "reopened"


def test_an_external_id_is_taken_once(city: Served, printer: str) -> None:
    first = report(city, printer, external_id="OA-7")
    again = report(city, printer, external_id="OA-7")
    assert (again.status_code, again.json()["how"], again.json()["id"]) == (200, "known", first.json()["id"])
    other = report(city, PRINTER, external_id="OA-7")
    assert (other.status_code, "another device" in other.json()["detail"]) == (409, True)
    assert first.json()["id"] in other.json()["detail"]
    assert first.json()["id"] not in report(city, PRINTER, role="hall:h-01", external_id="OA-7").json()["detail"]


def test_the_same_idempotency_key_counts_once(city: Served, printer: str) -> None:
    operator = city.as_("operator", headers={"idempotency-key": "k-1"})
    said = {"device": printer, "source": "phone", "symptom": "卡纸"}
    answers = [operator.post(TICKETS, json=said) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert [one.status_code for one in answers] == [201, 201]
    ticket = answers[0].json()["id"]
    noted = [operator.post(f"{TICKETS}/{ticket}/events", json={"event": "note", "note": "a"}) for _ in range(2)]
    assert noted[0].status_code == 422, "the key belongs to the report"
    other = city.as_("admin", headers={"idempotency-key": "k-1"})
    acts = [other.post(f"{TICKETS}/{ticket}/events", json={"event": "arrived"}) for _ in range(2)]
    assert [one.status_code for one in acts] == [201, 201]
    assert acts[0].json()["entry"] == acts[1].json()["entry"]


def test_a_key_sent_twice_at_once_counts_once(city: Served, printer: str) -> None:
    said = {"device": printer, "source": "phone", "symptom": "卡纸"}
    operator = city.as_("operator", headers={"idempotency-key": "k-3"})
    answers: list[Any] = []
    people = [threading.Thread(target=lambda: answers.append(operator.post(TICKETS, json=said))) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert [(one.status_code, one.json()["how"]) for one in answers] == [(201, "new")] * 4
    assert len(answers[0].json()["events"]) == len(answers[-1].json()["events"]) == 1


def test_a_refused_request_does_not_use_up_its_key(city: Served, printer: str) -> None:
    operator = city.as_("operator", headers={"idempotency-key": "k-2"})
    said = {"device": printer, "source": "phone", "symptom": "卡纸"}
    assert operator.post(TICKETS, json=said | {"at": at(10)}).status_code == 422
    assert operator.post(TICKETS, json=said).status_code == 201


@pytest.mark.parametrize(
    ("change", "place", "reason"),
    [
        ({"device": "PR-9102"}, "device", "did you mean `PR-0102`?"),
        ({"source": "phones"}, "source", "did you mean `phone`?"),
        ({"source": "detected"}, "source", "only monitoring itself detects"),
        ({"source": "hearsay"}, "source", "known: phone"),
        ({"symptom": " "}, "symptom", "empty"),
        ({"symptom": None}, "symptom", "required"),
        ({"at": at(2)}, "at", "lies in the future"),
        ({"at": "yesterday"}, "at", "RFC 3339"),
        ({"symptoms": "x"}, "symptoms", "did you mean `symptom`?"),
        ({"external_id": "x" * 129}, "external_id", "at most 128"),
    ],
)
def test_a_report_that_cannot_be_is_refused_with_the_place(
    city: Served, change: dict[str, Any], place: str, reason: str
) -> None:
    answer = report(city, **change)
    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert (told["place"], reason in told["reason"]) == (["body", place], True)


@pytest.mark.parametrize(
    ("role", "device", "status"),
    [
        ("viewer", OTHER, 403),
        ("vendor:v-1", OTHER, 403),
        ("collector:c-01", OTHER, 403),
        ("hall:h-01", "PR-0201", 404),
        ("hall:h-01", "PR-9999", 404),
        (None, OTHER, 401),
    ],
)
def test_who_may_not_report(city: Served, role: str | None, device: str, status: int) -> None:
    said = {"device": device, "source": "phone", "symptom": "x"}
    assert city.as_(role).post(TICKETS, json=said).status_code == status


def test_a_hall_reports_and_verifies_in_its_own_hall(city: Served, printer: str) -> None:
    mine = report(city, printer, role="hall:h-01")
    assert mine.status_code == 201
    ticket = mine.json()["id"]
    assert happen(city, ticket, "arrived", -20, "hall:h-01").status_code == 403
    happen(city, ticket, "restored", -20)
    assert happen(city, ticket, "verified", -10, "hall:h-01").json()["state"] == "verified"
    other = ticket_in(city, "PR-0201")
    assert happen(city, other, "note", -10, "hall:h-01", note="x").status_code == 404


def test_a_vendor_acts_on_its_own_tickets_only(city: Served, printer: str) -> None:
    ticket = ticket_in(city, printer)
    assert happen(city, ticket, "acknowledged", -25, "vendor:v-2").status_code == 404
    for event in ("acknowledged", "dispatched", "arrived", "restored"):
        assert happen(city, ticket, event, -20).status_code == 201
    for event in ("verified", "rejected", "paused", "cancelled", "owner_changed", "reopened", "resumed"):
        refused = happen(city, ticket, event, -10, reason="x", owner="hall")
        assert (refused.status_code, event in refused.json()["detail"]) == (403, True)


def test_by_is_whoever_asks_and_what_was_said_is_kept(city: Served, printer: str) -> None:
    answer = happen(
        city, ticket_in(city, printer), "restored", -10, by="王工", how="by_maker", cause="定影", parts=["辊"]
    )
    event = answer.json()["events"][-1]
    assert event["by"].startswith("vendor:v-1")
    assert event["detail"] == {"said_by": "王工", "how": "by_maker", "cause": "定影", "parts": ["辊"]}
    assert event["entry"] == answer.json()["entry"]


@pytest.mark.parametrize(
    ("event", "more", "place", "reason"),
    [
        ("restord", {}, "event", "did you mean `restored`?"),
        ("opened", {}, "event", None),
        ("paused", {}, "reason", "`paused` needs it"),
        ("cancelled", {}, "reason", "`cancelled` needs it"),
        ("owner_changed", {"reason": "x"}, "owner", "`owner_changed` needs it"),
        ("owner_changed", {"owner": "hall"}, "reason", "`owner_changed` needs it"),
        ("owner_changed", {"owner": "nobody", "reason": "x"}, "owner", "known: vendor"),
        ("restored", {"how": "prayer"}, "how", "known: by_maker"),
        ("note", {}, "note", "it says nothing"),
        ("note", {"nota": "x"}, "nota", "did you mean `note`?"),
    ],
)
def test_an_event_that_cannot_be_is_refused_with_the_place(
    city: Served, event: str, more: dict[str, Any], place: str, reason: str | None
) -> None:
    ticket = city.as_("operator").get(TICKETS).json()["items"][0]["id"]
    answer = happen(city, ticket, event, -1, "operator", **more)
    if reason is None:
        assert answer.status_code == 403
        return
    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["place"], reason in answer.json()["errors"][0]["reason"]) == (
        ["body", place],
        True,
    )


def test_the_future_is_refused_and_now_is_the_default(city: Served, printer: str) -> None:
    ticket = ticket_in(city, printer)
    future = happen(city, ticket, "arrived", 5)
    assert (future.status_code, future.json()["errors"][0]["place"]) == (422, ["body", "at"])
    answer = city.as_("vendor:v-1").post(f"{TICKETS}/{ticket}/events", json={"event": "arrived"})
    assert answer.json()["events"][-1]["at"] == at(0)


def test_K2_an_impossible_order_is_explained_with_what_happened(city: Served, printer: str) -> None:
    ticket = ticket_in(city, printer)
    happen(city, ticket, "restored", -20)
    refused = happen(city, ticket, "arrived", -10, "operator")
    assert refused.status_code == 409
    (told,) = refused.json()["errors"]
    assert (told["reason"], told["event"]) == ("the ticket is restored; reopen it first", "restored")
    assert (told["by"].split("-")[0], told["at"], told["recorded_at"]) == ("vendor:v", at(-20), at(0))
    assert told["by"] in refused.json()["detail"]


def test_of_two_people_at_once_one_wins_and_the_other_is_told_by_whom(city: Served, printer: str) -> None:
    ticket = ticket_in(city, printer)
    answers: list[Any] = []
    start = threading.Barrier(2)

    def restore(role: str) -> None:
        client = city.as_(role)
        start.wait()
        answers.append(client.post(f"{TICKETS}/{ticket}/events", json={"event": "restored", "at": at(-5)}))

    people = [threading.Thread(target=restore, args=(role,)) for role in ("operator", "vendor:v-1")]
    for one in people:
        one.start()
    for one in people:
        one.join()
    won, lost = sorted(answers, key=lambda one: one.status_code)
    assert (won.status_code, lost.status_code) == (201, 409)
    assert lost.json()["errors"][0]["by"] == won.json()["events"][-1]["by"]


def test_who_has_not_seen_the_newest_state_is_told(city: Served, printer: str) -> None:
    opened = report(city, printer).json()
    ticket, seen = opened["id"], opened["events"][-1]["entry"]
    happen(city, ticket, "note", -25, note="on the way soon")
    assert happen(city, ticket, "acknowledged", -24, seen_entry=seen).status_code == 201
    late = happen(city, ticket, "cancelled", -20, "operator", reason="a mistake", seen_entry=seen)
    assert (late.status_code, late.json()["errors"][0]["event"]) == (409, "acknowledged")
    assert "somebody was quicker" in late.json()["detail"]
    assert happen(city, ticket, "note", -19, note="x", seen_entry=seen).status_code == 201


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"reason": "awaiting_customer", "approver": "陈主任"}, True),
        ({"reason": "awaiting_customer"}, False),
        ({"reason": "weather", "approver": "陈主任"}, False),
    ],
)
def test_R4_a_pause_without_a_listed_reason_or_an_approver_is_taken_and_does_not_count(
    city: Served, printer: str, more: dict[str, Any], counts: bool
) -> None:
    answer = happen(city, ticket_in(city, printer), "paused", -10, "operator", **more)
    assert (answer.status_code, answer.json()["counts"]) == (201, counts)
    assert bool(answer.json()["why"]) is not counts


def test_without_a_contract_no_pause_counts(fresh: Fresh) -> None:
    with fresh() as city:
        answer = happen(city, ticket_in(city, OTHER), "paused", -10, "operator", reason="hall_closed", approver="x")
        assert (answer.json()["counts"], answer.json()["clock"]) == (False, None)


def test_K1_what_a_device_out_of_service_has_is_taken_and_flagged(city: Served, printer: str) -> None:
    with city.engine.begin() as conn:
        conn.execute(devices.update().where(devices.c.id == printer).values(commissioned=NOW - HOUR // 4))
    opened = report(city, printer, minute=-30)
    assert opened.json()["events"][0]["detail"]["flag"] == "not_in_service"
    later = happen(city, opened.json()["id"], "arrived", -10)
    assert "flag" not in later.json()["events"][-1]["detail"]
    with city.engine.begin() as conn:
        conn.execute(devices.update().where(devices.c.id == printer).values(retired=NOW - HOUR // 10))
    last = happen(city, opened.json()["id"], "restored", -5)
    assert last.json()["events"][-1]["detail"]["flag"] == "not_in_service"


def test_what_is_refused_writes_nothing(city: Served, printer: str) -> None:
    def count() -> int:
        with reading(city.engine) as conn:
            return len(conn.execute(ticket_events.select()).all())

    ticket = ticket_in(city, printer)
    before = count()
    happen(city, ticket, "verified", -1, "operator")
    report(city, minute=10)
    assert count() == before


@pytest.mark.slow
def test_K5_a_complaint_is_recorded_with_the_open_ticket(fresh: Fresh) -> None:
    with agreed(fresh) as city:
        ticket = ticket_in(city, OTHER)
        hall = city.as_("hall:h-01")
        said = {"device": OTHER, "kind": "late_repair", "text": "等了三小时", "at": at(-1)}
        made = hall.post(COMPLAINTS, json=said)
        assert made.status_code == 201
        assert (made.json()["ticket"], made.json()["hall"], made.json()["device"]) == (ticket, "h-01", OTHER)
        general = hall.post(COMPLAINTS, json={"kind": "other", "text": "总是坏", "external_id": "X-1"}).json()
        assert (general["hall"], general["ticket"]) == ("h-01", None)
        assert hall.post(COMPLAINTS, json={"kind": "other", "text": "again", "external_id": "X-1"}).json() == general
        assert [one["id"] for one in hall.get(COMPLAINTS).json()["items"]] == ["B-000002", "B-000001"]
        assert len(city.as_("vendor:v-1").get(COMPLAINTS).json()["items"]) == 1
        assert city.as_("vendor:v-2").get(COMPLAINTS).json()["items"] == []
        wanted = {"ticket": ticket, "from": at(-2), "until": at(0), "hall": "h-01"}
        assert len(city.as_("viewer").get(COMPLAINTS, params=wanted).json()["items"]) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "said", "status", "place"),
    [
        ("operator", {"kind": "other", "text": "x"}, 422, "hall"),
        ("operator", {"kind": "late", "text": "x", "hall": "h-01"}, 422, "kind"),
        ("operator", {"kind": "other", "text": "x", "hall": "h-1"}, 422, "hall"),
        ("operator", {"kind": "other", "text": "x", "device": OTHER, "hall": "h-02"}, 422, "hall"),
        ("operator", {"kind": "other", "text": "x", "hall": "h-01", "at": at(5)}, 422, "at"),
        ("hall:h-01", {"kind": "other", "text": "x", "hall": "h-02"}, 404, None),
        ("vendor:v-1", {"kind": "other", "text": "x", "hall": "h-01"}, 403, None),
    ],
)
def test_a_complaint_that_cannot_be_is_refused(
    city: Served, role: str, said: dict[str, Any], status: int, place: str | None
) -> None:
    answer = city.as_(role).post(COMPLAINTS, json=said)
    assert answer.status_code == status
    if place:
        assert answer.json()["errors"][0]["place"] == ["body", place]
