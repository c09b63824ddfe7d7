"""Plans on their page and as JSON: recurring maintenance, branches, corrections, withdrawals, and who may do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from sla.instant import HOUR, render
from tests.api.conftest import NOW

pytestmark = pytest.mark.slow

Fresh = Callable[..., Any]
MAINTENANCE = "/api/v1/maintenance"
WHEN = {"from": "2026-11-21T22:00", "until": "2026-11-22T02:00"}
"""On the hall's wall; it is 08:00 there now, a Saturday."""


def form(**given: str) -> dict[str, str]:
    """What the page's form sends."""
    said = {"kind": "maintenance", "scope": "b-0", "reason": "停电检修", "approver": "陈主任", **WHEN}
    return said | given


def body(**given: Any) -> dict[str, Any]:
    """What a program sends."""
    said = {"scope": "h-01", "from": render(NOW + HOUR), "until": render(NOW + 3 * HOUR), "reason": "why"}
    return said | {"approver": "boss"} | given


def posted(client: httpx2.Client, path: str = "/plans", **given: str) -> httpx2.Response:
    """A form, without following where it leads."""
    return client.post(path, data=form(**given) if path == "/plans" else given, follow_redirects=False)


def items(client: httpx2.Client, what: str = "maintenance", **params: Any) -> list[dict[str, Any]]:
    """What is recorded, the newest first."""
    found: list[dict[str, Any]] = client.get(f"/api/v1/{what}", params={"limit": 400, **params}).json()["items"]
    return found


def test_A1_the_form_plans_maintenance_of_a_branch_by_the_clock_of_its_halls(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator")
        answer = posted(operator)
        assert (answer.status_code, answer.headers["location"]) == (303, "/plans?kind=maintenance&said=ok")
        (made,) = items(operator)
        assert (made["scope"], made["scope_kind"]) == ("b-0", "branch")
        assert (made["from"], made["until"]) == ("2026-11-21T14:00:00.000Z", "2026-11-21T18:00:00.000Z")
        assert (made["approver"], made["author"].split("-")[0]) == ("陈主任", "operator")
        page = operator.get("/plans?said=ok").text
        assert "停电检修" in page
        assert "飞鹅路" in page or "柳南" in page


def test_A1_what_is_refused_is_said_with_its_field_and_keeps_what_was_typed(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator", cookies={"hallwatch_language": "en"})
        late = posted(operator, scope="nothing <b>", approver="")
        assert late.status_code == 422
        assert "Approved by: " in late.text
        assert 'value="nothing &lt;b&gt;"' in late.text
        assert "停电检修</textarea>" in late.text
        assert items(operator) == []
        early = posted(operator, **{"from": "2026-11-21T07:00"}, scope="nothing")
        assert "approved before it begins" in early.text
        assert "no device and no hall" in early.text
        unread = posted(operator, until="soon")
        assert unread.status_code == 422
        assert "Until: The time cannot be read" in unread.text


def test_A1_a_weekly_rule_makes_a_row_for_each_time_with_one_series(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator")
        answer = posted(operator, every="week", on_sat="1", on_mon="1", last="2026-12-05")
        every = items(operator)
        assert len({one["series"] for one in every}) == 1
        assert answer.headers["location"].endswith(f"&series={every[0]['series']}")
        starts = [one["from"][:16] for one in reversed(every)]
        assert starts == [f"2026-{day}T14:00" for day in ("11-21", "11-23", "11-28", "11-30", "12-05")]
        assert {one["approved_at"] for one in every} == {render(NOW)}


def test_A1_a_monthly_rule_counts_days_or_one_weekday(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator")
        posted(operator, every="month", days="1, last", last="2027-01-31")
        assert [one["from"][5:10] for one in reversed(items(operator))] == ["11-30", "12-01", "12-31", "01-01", "01-31"]
        posted(operator, every="month", days="1", weekday="sun", interval="2", last="2027-01-31", scope="h-01")
        assert [one["from"][5:10] for one in reversed(items(operator, scope="h-01"))] == ["01-03"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"every": "week", "days": ["mon"], "until": "2026-11-22"}, "names no time"),
        ({"every": "week", "days": ["mon"], "until": "2033-11-22"}, "longer than 5 years"),
        ({"every": "month", "days": list(range(1, 32)), "until": "2030-11-22"}, "more than 400"),
        ({"every": "week", "days": [1], "until": "2027-01-01"}, "a week has days"),
        ({"every": "month", "days": ["mon"], "until": "2027-01-01"}, "a week has days"),
        ({"every": "week", "days": ["mon"], "weekday": "sun", "until": "2027-01-01"}, "only a month"),
        ({"every": "week", "days": [], "until": "2027-01-01"}, "at least 1"),
        ({"every": "week", "days": ["mon"], "until": "2027-01-01", "colour": 1}, "known"),
        ({"every": "year", "days": ["mon"], "until": "2027-01-01"}, "'week' or 'month'"),
    ],
)
def test_A1_a_rule_that_makes_no_sense_is_refused(fresh: Fresh, rule: dict[str, Any], reason: str) -> None:
    with fresh() as city:
        answer = city.as_("operator").post(MAINTENANCE, json=body(recurring=rule))
        assert answer.status_code == 422
        assert any(reason in one["reason"] for one in answer.json()["errors"]), answer.json()
        assert items(city.as_("viewer")) == []


def test_A1_of_what_recurs_the_first_time_too_is_approved_before_it_begins(fresh: Fresh) -> None:
    rule = {"every": "week", "days": ["sat"], "until": "2027-01-01"}
    with fresh() as city:
        said = body(**{"from": render(NOW - HOUR)}, recurring=rule)
        answer = city.as_("operator").post(MAINTENANCE, json=said)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["place"] == ["body", "approved_at"]


def test_T5_one_time_of_a_series_is_withdrawn_alone_or_all_that_have_not_begun(fresh: Fresh) -> None:
    now, week = [NOW], 7 * 24 * HOUR
    rule = {"every": "week", "days": ["sat"], "until": "2026-12-31"}
    with fresh(now=lambda: now[0]) as city:
        operator = city.as_("operator")
        first = operator.post(MAINTENANCE, json=body(recurring=rule)).json()
        posted(operator, "/plans/withdraw", kind="maintenance", id=items(operator)[0]["id"])
        assert [one["withdrawn_at"] is None for one in items(operator)] == [False, True, True, True, True, True]
        now[0] = NOW + week + 2 * HOUR
        answer = posted(operator, "/plans/withdraw", kind="maintenance", series=first["series"])
        assert answer.headers["location"] == "/plans?kind=maintenance&said=gone"
        standing = items(operator, standing=True, series=first["series"])
        assert [one["from"] for one in standing] == [render(NOW + week + HOUR), render(NOW + HOUR)]
        assert operator.delete(f"{MAINTENANCE}/series/{first['series']}").json() == {"withdrawn": 0}
        assert operator.delete(f"{MAINTENANCE}/series/S-0").status_code == 404


def test_A1_a_correction_names_its_approver_and_says_where_the_author_approved_himself(fresh: Fresh) -> None:
    with fresh() as city:
        operator = city.as_("operator", cookies={"hallwatch_language": "en"})
        assert posted(operator, kind="correction", **{"from": "2026-11-21T05:00"}).status_code == 303
        (made,) = items(operator, "corrections")
        assert "author and approver are one" not in operator.get("/plans?kind=correction").text
        posted(operator, kind="correction", approver=made["author"])
        assert operator.get("/plans?kind=correction").text.count("author and approver are one") == 1


def test_what_is_in_force_now_stands_at_the_head_of_the_page(fresh: Fresh) -> None:
    now = [NOW]
    with fresh(now=lambda: now[0]) as city:
        operator = city.as_("operator", cookies={"hallwatch_language": "en"})
        assert "No maintenance is going on." in operator.get("/plans").text
        operator.post(MAINTENANCE, json=body(reason="new drum"))
        now[0] = NOW + 2 * HOUR
        assert "No maintenance is going on." not in operator.get("/plans").text
        assert "No correction touches this moment." in operator.get("/plans?kind=correction").text
        assert "Nothing fits" in operator.get("/plans?scope=h-02").text
        assert "Nothing fits" in operator.get("/plans?show=withdrawn").text
        now[0] = NOW + 3 * HOUR
        assert "No maintenance is going on." in operator.get("/plans").text


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [("viewer", 200, 403), ("vendor:v-1", 403, 403), ("hall:h-01", 403, 403), ("admin", 200, 303)],
)
def test_staff_read_plans_and_operators_write_them(fresh: Fresh, role: str, reads: int, writes: int) -> None:
    with fresh() as city:
        asker = city.as_(role)
        assert asker.get("/plans").status_code == reads
        assert posted(asker).status_code == writes
        assert posted(asker, "/plans/withdraw", id="M-000009").status_code == (404 if writes == 303 else 403)
        if role == "viewer":
            assert 'id="new"' not in asker.get("/plans").text


def test_a_stranger_and_another_site_plan_nothing(fresh: Fresh) -> None:
    with fresh() as city:
        assert posted(city.as_(None)).status_code == 303
        cookie = {"hallwatch_session": city.tokens["operator"]}
        other = city.as_(None, cookies=cookie, headers={"origin": "https://elsewhere.example"})
        assert posted(other).status_code == 403
        assert items(city.as_("viewer")) == []


def test_a_long_list_goes_on_with_a_cursor(fresh: Fresh) -> None:
    rule = {"every": "month", "days": list(range(1, 29)), "until": "2027-02-27"}
    with fresh() as city:
        operator: httpx2.Client = city.as_("operator")
        assert operator.post(MAINTENANCE, json=body(recurring=rule)).status_code == 201
        page = operator.get("/plans").text
        assert page.count('class="ahead"') == 50
        cursor = page.split("cursor=")[1].split('"')[0]
        assert 0 < operator.get(f"/plans?cursor={cursor}").text.count('class="ahead"') <= 50
