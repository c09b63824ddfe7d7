"""R1-R7, K4 over HTTP: a ticket's clock in slices, lists of tickets, repeats; contracts and what of them applies."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store.database import open_database
from tests.api.agreed import OTHER, PRINTER, TICKETS, agree, at, happen, report
from tests.api.conftest import Served, serving

pytestmark = pytest.mark.slow

NOON = -20 * 60
"""Minutes from now, which is eight in the morning on a Saturday in Shanghai: noon of the day before."""
KIOSK = "LI-0103"


@pytest.fixture(scope="module")
def city(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Yesterday's tickets: one paused and restored, one that runs, one cancelled, one of a kind without a target."""
    place = tmp_path_factory.mktemp("clock") / "city.db"
    shutil.copy(small, place)
    engine = open_database(f"sqlite:///{place}")
    with serving(engine) as served:
        agree(served)
        first = report(served, PRINTER, NOON).json()["id"]
        happen(served, first, "paused", NOON + 60, "operator", reason="hall_closed", approver="陈主任")
        happen(served, first, "resumed", NOON + 90, "operator")
        happen(served, first, "restored", NOON + 120, how="repaired", cause="jammed")
        report(served, OTHER, NOON, symptom="没反应")
        report(served, KIOSK, NOON, role="hall:h-01")
        wrong = report(served, "PR-0201", NOON).json()["id"]
        happen(served, wrong, "cancelled", NOON + 10, "operator", reason="a mistake")
        report(served, PRINTER, NOON + 300, source="patrol", symptom="又卡纸")
        yield served
    engine.dispose()


def tickets(city: Served, role: str = "operator", **wanted: Any) -> list[Any]:
    found: list[Any] = city.as_(role).get(TICKETS, params=wanted).json()["items"]
    return found


def clock_of(city: Served, **wanted: Any) -> Any:
    (one,) = tickets(city, **wanted)
    return one["clock"]


def test_R7_the_clock_explains_itself_in_slices(city: Served) -> None:
    clock = clock_of(city, device=PRINTER, source="phone")
    assert [(one["class"], one["seconds"]) for one in clock["slices"]] == [
        ("travel", 1800),
        ("counted", 1800),
        ("paused", 1800),
        ("counted", 1800),
    ]
    assert clock["slices"][0]["from"] == clock["start"] == at(NOON)
    assert clock["slices"][-1]["until"] == at(NOON + 120)
    told = {name: clock[name] for name in ("target_s", "travel_s", "paused_s", "counted_s", "due", "breached", "state")}
    assert told == {
        "target_s": 7200,
        "travel_s": 1800,
        "paused_s": 1800,
        "counted_s": 3600,
        "due": None,
        "breached": False,
        "state": "restored",
    }
    assert clock["contract"] == "c-1"


def test_R5_a_running_clock_says_when_it_was_due(city: Served) -> None:
    clock = clock_of(city, device=OTHER, open="true")
    assert (clock["state"], clock["breached"], clock["due"]) == ("running", True, at(NOON + 150))
    assert [one["class"] for one in clock["slices"]] == ["travel", "counted", "closed"]
    assert clock["counted_s"] == 7.5 * 3600


def test_R1_a_kind_without_a_target_is_never_late(city: Served) -> None:
    clock = clock_of(city, device=KIOSK)
    assert (clock["target_s"], clock["due"], clock["breached"]) == (None, None, False)


def test_a_ticket_that_no_contract_covers_has_no_clock(city: Served) -> None:
    assert clock_of(city, hall="h-02", state="cancelled") is None


def test_the_page_of_a_ticket_has_the_same_clock(city: Served) -> None:
    (listed,) = tickets(city, device=OTHER, open="true")
    one = city.as_("vendor:v-1").get(f"{TICKETS}/{listed['id']}").json()
    assert one["clock"] == listed["clock"]
    assert one["chain"] == [listed["id"]]
    assert city.as_("vendor:v-2").get(f"{TICKETS}/{listed['id']}").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 5),
        ({"vendor": "v-1"}, 4),
        ({"hall": "h-02"}, 1),
        ({"state": "restored"}, 1),
        ({"source": "patrol"}, 1),
        ({"purpose": "preventive"}, 0),
        ({"purpose": "fault", "open": "true"}, 3),
        ({"repeats": "true"}, 1),
        ({"repeats": "false"}, 4),
        ({"from": at(NOON + 1)}, 1),
        ({"until": at(NOON + 1)}, 4),
    ],
)
def test_tickets_are_found_by_what_they_are(city: Served, wanted: dict[str, str], count: int) -> None:
    assert len(tickets(city, **wanted)) == count


def test_a_list_goes_on_where_it_ended(city: Served) -> None:
    client, seen, wanted = city.as_("operator"), [], {"limit": "2"}
    for _ in range(3):
        answer = client.get(TICKETS, params=wanted).json()
        seen += [one["id"] for one in answer["items"]]
        wanted["cursor"] = answer["next"]
    assert seen == [f"T-{n:06d}" for n in (5, 4, 3, 2, 1)]


def test_K4_a_repeat_is_linked_to_the_ticket_before(city: Served) -> None:
    (again,) = tickets(city, repeats="true")
    assert (again["device"], again["repeat_of"]) == (PRINTER, "T-000001")
    assert city.as_("operator").get(f"{TICKETS}/{again['id']}").json()["chain"] == ["T-000001", again["id"]]


def test_what_applies_to_a_ticket_and_why(city: Served) -> None:
    answer = city.as_("vendor:v-1").get(f"{TICKETS}/T-000001/applies").json()
    assert {name: answer[name] for name in ("contract", "start", "started", "target_s", "pauses", "at")} == {
        "contract": "c-1",
        "start": "phone",
        "started": True,
        "target_s": 7200,
        "pauses": ["awaiting_customer", "hall_closed"],
        "at": at(NOON),
    }
    assert answer["travel"] == {"mode": "allowance", "granted_s": 1800, "own": False, "used_s": 1800}
    assert answer["repair_hours"] == {
        "calendar": "repairs",
        "zone": "Asia/Shanghai",
        "day": "2026-11-20",
        "spans": [{"from": "2026-11-20T00:00:00.000Z", "until": "2026-11-20T12:00:00.000Z"}],
        "provisional": False,
    }
    assert answer["hall_hours"]["calendar"] == "always"


def test_what_applies_is_said_in_sentences(city: Served) -> None:
    with serving(city.engine, language="en") as english:
        answer = english.as_("operator").get(f"{TICKETS}/T-000001/applies").json()
        assert answer["sentences"] == [
            "Contract c-1 decides: it covers printer in 飞鹅路营业厅 at 2026-11-20 12:00.",
            "The clock started with the first report by people, 2026-11-20 12:00.",
            "For printer it allows 2 h of repair hours.",
            "Repair hours on 2026-11-20: 08:00–20:00 (repairs).",
            "Travel: 30 min at the start do not count.",
            "Pauses count for these reasons, with an approver: awaiting_customer, hall_closed.",
            "The hall's hours on 2026-11-20: 00:00–24:00 (always). Detection goes by them, the repair clock does not.",
        ]
        assert "no target" in english.as_("operator").get(f"{TICKETS}/T-000003/applies").json()["sentences"][2]
        uncovered = english.as_("operator").get(f"{TICKETS}/T-000004/applies").json()
        assert (uncovered["contract"], uncovered["started"], uncovered["travel"]) == (None, False, None)
        assert uncovered["sentences"][0] == "No contract covers this device at that time."
        assert english.as_("vendor:v-1").get(f"{TICKETS}/T-000004/applies").status_code == 404


def test_a_vendor_has_its_own_contracts_only(city: Served) -> None:
    (one,) = city.as_("vendor:v-1").get("/api/v1/contracts").json()["items"]
    assert (one["id"], one["vendor"], one["calendar"]) == ("c-1", "v-1", "repairs")
    assert one["travel"]["default"] == [{"seconds": 1800, "from": None, "until": None}]
    assert city.as_("viewer").get("/api/v1/contracts/c-1").json() == one
    for stranger in ("vendor:v-2", "hall:h-01"):
        assert city.as_(stranger).get("/api/v1/contracts").json()["items"] == []
        assert city.as_(stranger).get("/api/v1/contracts/c-1").status_code == 404
    assert city.as_("operator").get("/api/v1/contracts", params={"vendor": "v-2"}).json()["items"] == []


def test_T3_a_calendar_says_when_it_is_open(city: Served) -> None:
    period = {"from": at(NOON), "until": at(0)}
    answer = city.as_("vendor:v-1").get("/api/v1/calendars/repairs", params=period).json()
    assert answer["spans"] == [{"from": at(NOON), "until": at(NOON + 480)}]
    assert (answer["open_s"], answer["provisional"], answer["specials"]) == (8 * 3600, False, [])
    assert city.as_("hall:h-01").get("/api/v1/calendars/always").status_code == 200
    assert city.as_("hall:h-01").get("/api/v1/calendars/repairs").status_code == 404
    assert city.as_("viewer").get("/api/v1/calendars/none").status_code == 404
    usual = city.as_("viewer").get("/api/v1/calendars/repairs").json()
    assert (usual["from"], len(usual["spans"])) == (at(0), 31)
    assert (
        city.as_("viewer").get("/api/v1/calendars/repairs", params={"from": at(9), "until": at(9)}).status_code == 422
    )
