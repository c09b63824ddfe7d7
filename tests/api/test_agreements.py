"""Contracts and calendars as people read them, what applies to a ticket, and what an operator decides about one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from benchmarks.board import NOW, Life, document
from sla.instant import HOUR, MINUTE
from store import inventory, tickets
from store.database import migrate, open_database, reading, writing
from tests.api.conftest import Served, serving

pytestmark = pytest.mark.slow

DAY = 24 * HOUR
ENGLISH = {"hallwatch_language": "en"}


def city() -> dict[str, Any]:
    """Two contracts and two calendars, with all that a page can say of them."""
    found = document(100)
    found["calendars"]["hall-hours"] = {
        "zone": "Asia/Shanghai",
        "week": {"mon-fri": ["08:30-12:00", "13:30-18:00"], "sat": ["09:00-17:00"]},
        "holidays": "cn",
        "dates": {"2026-11-11": ["22:00-02:00"], "2026-11-20": "closed"},
    }
    for hall in found["halls"]:
        hall["calendar"] = "hall-hours"
    one = found["contracts"][0]
    own = [
        {"seconds": 5400.0, "from": None, "until": NOW - DAY},
        {"seconds": 3600.0, "from": NOW - DAY, "until": None},
    ]
    one["travel"]["halls"] = {"h-002": own}
    one["escalation"] = [{"at": 75, "to": ["mailto:a@b.example", "rota:night"], "hours": "repair-hours"}]
    term = {"unit": "1", "points": "5", "round": "up", "cap": "30", "group": None, "sources": None, "scale": None}
    one["terms"] = [
        {**term, "id": "T1", "term": "late_repairs", "allowance": "0"},
        {**term, "id": "T2", "term": "fault_count", "allowance": {"per_100": "8"}, "group": "g"},
        {**term, "id": "T3", "term": "availability", "allowance": None, "round": "exact"},
    ]
    one["payment"] = {"bands": [{"from": "90", "percent": "100"}]}
    return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The city with five tickets, the clock at a Monday's 14:00."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('agreements') / 'a.db'}")
    migrate(engine)
    with writing(engine) as conn:
        life = Life(inventory.apply(conn, city(), NOW - DAY, "test"), NOW)
        for minutes in (5, 40, 100, 200, 300):
            life.open(conn, minutes * MINUTE)
    with serving(engine, now=lambda: NOW) as here:
        yield here
    engine.dispose()


@pytest.fixture
def reader(served: Served) -> httpx2.Client:
    """Somebody who may read."""
    return served.as_("viewer", cookies=ENGLISH)


def test_R1_a_contract_says_in_words_what_it_asks_for(reader: httpx2.Client) -> None:
    page = reader.get("/contracts/c-v-1").text
    for words in (
        "代维1公司",
        "with the first report by people",
        "2 h",
        "50 %, 75 %, 100 %",
        "mailto:a@b.example, rota:night",
        "1 h 30 min",
        "not now",
        "all others",
        "5 points for every 1 beyond 0 (late repairs)",
        "5 points for every 1 beyond 8 for 100 devices (faults)",
        "below the usual",
        "at most 30 points",
        "never twice for one ticket within g",
        "from 90: 100 %",
    ):
        assert words in page, words
    listed = reader.get("/contracts").text
    assert listed.count('class="cards-of"') == 1
    assert 'id="c-v-1"' in listed
    assert reader.get("/contracts/c-9").status_code == 404


def test_T3_a_month_shows_open_time_holidays_make_up_days_and_exceptions(reader: httpx2.Client) -> None:
    october = reader.get("/calendars/hall-hours?month=2026-10").text
    assert october.count("<em>holiday</em>") == 7
    assert october.count("<em>make-up day</em>") == 1
    november = reader.get("/calendars/hall-hours").text
    assert november.count("<em>exception</em>") == 2
    assert "<span>22:00–24:00</span>" in november
    assert "<span>00:00–02:00</span>" in november
    assert november.count('aria-current="date"') == 1
    assert "provisional" not in november
    later = reader.get("/calendars/hall-hours?month=2031-02").text
    assert later.count("<i>provisional</i>") == 28
    assert "cannot be sealed" in later
    for month in ("2026-13", "1999-01", "x"):
        assert reader.get(f"/calendars/hall-hours?month={month}").status_code == 422
    assert reader.get("/calendars/nothing").status_code == 404


def test_R1_the_page_explains_what_applies_to_a_ticket(reader: httpx2.Client) -> None:
    page = reader.get("/contracts?ticket=T-000002").text
    assert "decides: it covers" in page
    assert "first report by people" in page
    assert "Repair hours on 2026-11-02" in page
    assert "30 min" in page
    assert "There is no ticket of this number." in reader.get("/contracts?ticket=T-9").text
    hostile = reader.get("/contracts", params={"ticket": "<script>"})
    assert "&lt;script&gt;" in hostile.text


@pytest.mark.parametrize("path", ["/contracts", "/contracts/c-v-1", "/calendars/hall-hours", "/board"])
@pytest.mark.parametrize(("role", "status"), [("vendor:v-1", 403), ("hall:h-01", 403), ("operator", 200)])
def test_only_staff_see_these_pages(served: Served, path: str, role: str, status: int) -> None:
    assert served.as_(role).get(path).status_code == status


def decide(client: httpx2.Client, ticket: str, **given: str) -> httpx2.Response:
    """A decision's form."""
    return client.post(f"/tickets/{ticket}/decide", data=given, follow_redirects=False)


def events(served: Served, ticket: str) -> list[tuple[str, dict[str, Any]]]:
    """What happened to a ticket since it was opened."""
    with reading(served.engine) as conn:
        return [(one.event, dict(one.detail)) for one in tickets.events(conn, tickets.known(conn, ticket).n)][1:]


def test_R4_a_pause_takes_a_reason_of_the_contract_and_an_approver(served: Served) -> None:
    operator = served.as_("operator", cookies=ENGLISH)
    page = operator.get("/tickets/T-000001").text
    assert '<option value="awaiting_customer"' in page
    bare = decide(operator, "T-000001", event="paused", reason="hall_closed", approver=" ", note="keep <me>")
    assert bare.status_code == 422
    assert "without an approver a pause counts nothing" in bare.text
    assert "keep &lt;me&gt;" in bare.text
    other = decide(operator, "T-000001", event="paused", reason="lunch", approver="boss")
    assert "does not list this reason" in other.text
    assert events(served, "T-000001") == []
    done = decide(operator, "T-000001", event="paused", reason="hall_closed", approver="陈主任")
    assert done.headers["location"] == "/tickets/T-000001"
    assert "Resume the clock" in operator.get("/tickets/T-000001").text
    assert decide(operator, "T-000001", event="resumed", reason="awaiting_customer").status_code == 409
    assert decide(operator, "T-000001", event="resumed").status_code == 303
    assert events(served, "T-000001") == [
        ("paused", {"reason": "hall_closed", "approver": "陈主任"}),
        ("resumed", {}),
    ]


def test_C1_an_owner_is_changed_with_a_reason(served: Served) -> None:
    operator = served.as_("operator", cookies=ENGLISH)
    assert decide(operator, "T-000003", event="owner_changed", owner="hall").status_code == 422
    assert decide(operator, "T-000003", event="owner_changed", owner="moon", reason="x").status_code == 422
    assert decide(operator, "T-000003", event="owner_changed", owner="hall", reason="paper").status_code == 303
    assert events(served, "T-000003") == [("owner_changed", {"owner": "hall", "reason": "paper"})]


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("vendor:v-1", 403), ("hall:h-01", 403), (None, 303)])
def test_only_operators_decide(served: Served, role: str | None, status: int) -> None:
    answer = decide(served.as_(role), "T-000004", event="paused", reason="hall_closed", approver="boss")
    assert answer.status_code == status
    assert events(served, "T-000004") == []


def test_a_decision_is_one_of_three_about_a_ticket_that_is_there(served: Served) -> None:
    operator = served.as_("operator")
    assert decide(operator, "T-000004", event="cancelled", reason="x").status_code == 403
    assert decide(operator, "T-000099", event="resumed").status_code == 404
    assert operator.get("/tickets/T-000004/decide", follow_redirects=False).headers["location"] == "/tickets/T-000004"
