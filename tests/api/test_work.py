"""The vendor's page: its own open tickets by due time, and what it says of them (K2, R5)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from alerts.causes import OTHER, group_of
from api.pages.timeline import FOUND, causes
from store.database import reading
from store.tickets import events, known
from tests.api.conftest import Served
from tests.api.pictures import by_a_telephone
from tests.api.worked import (
    DUE,
    LATE,
    LATER,
    MINUTE,
    OTHERS,
    OVER,
    PAUSED,
    PREVENTIVE,
    REPEAT,
    UNPHONED,
    UNTIMED,
    opened,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def mine(worked: Served) -> str:
    """A ticket of one's own, on the way."""
    return opened(worked)


def page(city: Served, role: str = "vendor:v-1", path: str = "/work") -> str:
    """The page's text in English."""
    answer = city.as_(role, cookies={"hallwatch_language": "en"}).get(path)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def jobs(text: str) -> list[str]:
    """The tickets of the city in their order; those of single tests are none of it."""
    return [one for one in re.findall(r'id="job-(T-\d+)"', text) if one <= OTHERS]


def seen_entry(city: Served, ticket: str) -> int:
    """The newest entry of a ticket."""
    with reading(city.engine) as conn:
        return max(one.entry for one in events(conn, known(conn, ticket).n))


def act(city: Served, ticket: str, event: str, role: str = "vendor:v-1", **given: Any) -> Any:
    """Press a button or send a form; the answer."""
    files = given.pop("files", None)
    client = city.as_(role, cookies={"hallwatch_language": "en"})
    sent = {"event": event, "seen": str(given.pop("seen", seen_entry(city, ticket)))} | given
    return client.post(f"/tickets/{ticket}/act", data=sent, files=files)


def newest(city: Served, ticket: str) -> Any:
    """The event that was entered last."""
    with reading(city.engine) as conn:
        return max(events(conn, known(conn, ticket).n), key=lambda one: one.entry)


def test_tickets_stand_by_due_time_those_without_one_last_and_preventive_work_apart(worked: Served) -> None:
    assert jobs(page(worked)) == [LATE, REPEAT, DUE, UNTIMED, PAUSED, UNPHONED, PREVENTIVE]


def test_a_vendor_sees_only_its_own(worked: Served) -> None:
    assert jobs(page(worked, "vendor:v-2")) == [OTHERS, "T-000002"]
    assert worked.as_("vendor:v-1").get("/work?vendor=v-2").status_code == 404
    assert worked.as_("vendor:v-1").get(f"/tickets/{OTHERS}").status_code == 404


def test_staff_choose_whose_work_they_look_at_and_a_hall_has_none(worked: Served) -> None:
    assert jobs(page(worked, "viewer")) == []
    text = page(worked, "viewer", "/work?vendor=v-2")
    assert jobs(text) == [OTHERS, "T-000002"]
    assert "<button" not in text.partition("<main")[2]
    assert worked.as_("hall:h-01").get("/work").status_code == 403


def test_a_card_says_where_what_and_until_when(worked: Served) -> None:
    card = page(worked).partition(f'id="job-{DUE}"')[2].partition("</li>")[0]
    for word in ("PR-0102", "飞鹅路营业厅", "10.0.0.3", "卡纸，打不出来", "due 16:03", "I have arrived"):
        assert word in card
    assert f'data-due="{LATER + 103 * MINUTE}"' in card


def test_the_next_step_is_one_tap(worked: Served, mine: str) -> None:
    answer = act(worked, mine, "arrived", back="/work")
    assert (answer.status_code, answer.headers["location"]) == (303, "/work")
    last = newest(worked, mine)
    assert (last.event, last.at, last.by.startswith("vendor:v-1")) == ("arrived", LATER, True)
    assert "?do=restored" in page(worked).partition(f'id="job-{mine}"')[2].partition("</li>")[0]


def test_of_two_people_one_wins_and_the_other_is_told_what_happened(worked: Served, mine: str) -> None:
    seen = seen_entry(worked, mine)
    assert act(worked, mine, "arrived", "operator", seen=seen).status_code == 303
    answer = act(worked, mine, "arrived", seen=seen, back="/work")
    assert answer.status_code == 409
    told = answer.text[answer.text.index('class="told"') :].partition("</p>")[0]
    assert "somebody was quicker" in told
    assert "operator" in told
    assert [one.event for one in _all(worked, mine)].count("arrived") == 1


def _all(city: Served, ticket: str) -> Any:
    with reading(city.engine) as conn:
        return events(conn, known(conn, ticket).n)


def test_a_button_pressed_twice_does_it_once_and_nothing_is_wrong(worked: Served, mine: str) -> None:
    seen = seen_entry(worked, mine)
    answers = [act(worked, mine, "arrived", seen=seen, back="/work") for _ in range(2)]
    assert [one.status_code for one in answers] == [303, 303]
    assert [one.event for one in _all(worked, mine)].count("arrived") == 1


def test_done_says_how_why_with_which_parts_and_shows_it(worked: Served, mine: str) -> None:
    given = {
        "how": "replaced_by_spare",
        "cause": "worn paper roller",
        "cause_words": "裂了",
        "parts": "RM2-5452",
        "note": "ok",
    }
    answer = act(
        worked, mine, "restored", back="/work", files={"photo": ("a.png", by_a_telephone(), "image/png")}, **given
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/work?done={mine}")
    last = newest(worked, mine)
    assert last.event == "restored"
    kept = dict(last.detail)
    assert isinstance(kept.pop("photo"), int)
    assert kept == {"how": "replaced_by_spare", "cause": "worn paper roller; 裂了", "parts": "RM2-5452", "note": "ok"}
    assert f"{mine} is reported as done" in page(worked, path=f"/work?done={mine}")
    assert f'id="job-{mine}"' not in page(worked)


def test_K4_every_cause_to_choose_belongs_to_a_group() -> None:
    found = {cause for kind in (*FOUND, "switch") for cause in causes(kind)}
    assert {cause for cause in found if group_of(cause) == OTHER} == {"wrong handling", "nothing found"}


def test_a_late_entry_has_its_true_time_on_the_halls_clock(worked: Served, mine: str) -> None:
    assert act(worked, mine, "arrived", at="2026-11-21T14:05").status_code == 303
    last = newest(worked, mine)
    assert (last.at, last.recorded_at) == (LATER - 15 * MINUTE, LATER)
    assert "entered later" in page(worked, path=f"/tickets/{mine}")


@pytest.mark.parametrize(
    ("event", "given", "status", "word"),
    [
        ("restored", {"at": "2026-11-21T23:00", "parts": "RM2-5452"}, 422, "future"),
        ("restored", {"at": "yesterday", "parts": "RM2-5452"}, 422, "cannot be read"),
        ("restored", {"how": "by magic", "parts": "RM2-5452"}, 422, "not known here"),
        ("restored", {"at": "2026-11-21T01:00", "parts": "RM2-5452"}, 409, "not opened before"),
        ("note", {"note": ""}, 422, "Write a note"),
    ],
)
def test_what_cannot_be_is_said_on_the_page_and_what_was_typed_is_kept(
    worked: Served, mine: str, event: str, given: dict[str, str], status: int, word: str
) -> None:
    before = len(_all(worked, mine))
    answer = act(worked, mine, event, **given)
    assert answer.status_code == status, answer.text
    assert word in answer.text
    assert given.get("parts", "") in answer.text
    assert f'open name="deed" id="do-{event}"' in answer.text
    assert len(_all(worked, mine)) == before


@pytest.mark.parametrize(
    ("role", "ticket", "event", "status"),
    [
        ("vendor:v-2", DUE, "arrived", 404),
        ("viewer", DUE, "arrived", 403),
        ("vendor:v-1", DUE, "cancelled", 403),
        ("vendor:v-1", OVER, "verified", 403),
        ("hall:h-01", DUE, "restored", 403),
        ("hall:h-01", OTHERS, "note", 404),
        ("vendor:v-1", DUE, "opened", 403),
        ("vendor:v-1", DUE, "<script>", 403),
    ],
)
def test_each_role_does_only_what_is_its(worked: Served, role: str, ticket: str, event: str, status: int) -> None:
    assert act(worked, ticket, event, role, reason="x", note="x").status_code == status


def test_a_stranger_signs_in_first_and_another_site_does_nothing(worked: Served, mine: str) -> None:
    answer = worked.as_(None).post(f"/tickets/{mine}/act", data={"event": "arrived"})
    assert (answer.status_code, answer.headers["location"].startswith("/sign-in")) == (303, True)
    client = worked.as_(None, cookies={"hallwatch_session": worked.tokens["vendor:v-1"]})
    sent = client.post(f"/tickets/{mine}/act", data={"event": "arrived"}, headers={"origin": "https://evil.example"})
    assert sent.status_code == 403
    assert client.get(f"/tickets/{mine}/act").headers["location"] == f"/tickets/{mine}"


def test_where_a_form_leads_back_to_is_ours(worked: Served, mine: str) -> None:
    for back in ("//evil.example/work", "https://evil.example", "/workshop", "/work\r\nx: y"):
        answer = act(worked, mine, "note", note="x", back=back)
        assert answer.headers["location"] == f"/tickets/{mine}"


def test_hostile_words_stay_words_and_are_bounded(worked: Served, mine: str) -> None:
    hostile = "<script>alert(1)</script>\x00\x1b[31m" + "a" * 5000
    assert act(worked, mine, "note", note=hostile).status_code == 303
    kept = newest(worked, mine).detail["note"]
    assert len(kept) <= 500
    assert kept.startswith("<script>alert(1)</script>  [31m")
    text = page(worked, path=f"/tickets/{mine}")
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
