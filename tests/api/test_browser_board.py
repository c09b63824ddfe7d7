"""The operator's pages in a real browser: the board ticks and lives, plans and decisions are made by thumb."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from alerts.tickets import Happening, change
from benchmarks.board import NOW, Life
from sla.instant import MINUTE, SECOND
from store import inventory
from store.database import migrate, open_database, writing
from tests.api.axe import findings
from tests.api.conftest import Served, serving
from tests.api.test_agreements import city as document
from tests.api.test_browser import FLAGS

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed; scripts/test installs it"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A city with tickets in every state, its clock going on from a Monday's 14:00."""
    engine = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    migrate(engine)
    with writing(engine) as conn:
        life = Life(inventory.apply(conn, document(), NOW - 1, "test"), NOW)
        for minutes in (5, 149, 155, 300):
            life.open(conn, minutes * MINUTE)
        paused = {"reason": "hall_closed", "approver": "陈主任"}
        change(conn, "T-000001", Happening("paused", NOW - MINUTE, "王工", paused), NOW)
    began = time.monotonic()
    with serving(engine, now=lambda: NOW + round((time.monotonic() - began) * SECOND)) as here:
        yield here
    engine.dispose()


@contextmanager
def looking(browser: Browser, served: Served, path: str, width: int = 1280, **given: Any) -> Iterator[Page]:
    """A page as the operator sees it; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=served.url, **given)
    token = served.tokens["operator"]
    context.add_cookies(
        [
            {"name": "hallwatch_language", "value": "en", "url": served.url},
            {"name": "hallwatch_session", "value": token, "url": served.url},
        ]
    )
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path)
    yield page
    context.close()
    assert [one for one in complaints if "422" not in one] == []


PAGES = (
    "/board",
    "/board?tab=preventive",
    "/board?q=nothing",
    "/plans",
    "/plans?kind=correction",
    "/contracts?ticket=T-000002",
    "/contracts/c-v-1",
    "/calendars/hall-hours",
    "/tickets/T-000001?do=resumed",
)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_operators_pages_fit_and_are_for_everybody(
    browser: Browser, served: Served, width: int, scheme: Literal["dark", "light"]
) -> None:
    with looking(browser, served, "/board", width, color_scheme=scheme) as page:
        for path in PAGES:
            page.goto(path)
            for one in page.locator("details.new").all():
                one.evaluate("(node) => { node.open = true; }")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert findings(page) == [], path


def test_R5_the_countdown_ticks_by_the_servers_clock_and_turns_over(browser: Browser, served: Served) -> None:
    with looking(browser, served, "/board") as page:
        rows = page.locator(".clocks > li")
        expect(rows).to_have_count(4)
        left = rows.first.locator(".left")
        expect(left).to_contain_text("left")
        before = left.text_content()
        width = rows.first.locator("rect").get_attribute("width")
        page.wait_for_timeout(2200)
        assert left.text_content() != before
        assert rows.first.locator("rect").get_attribute("width") != width
        paused = page.locator(".tone-paused .left")
        still = paused.text_content()
        page.wait_for_timeout(1200)
        assert paused.text_content() == still
        page.evaluate(
            "{ const said = document.getElementById('board').dataset; said.now = Number(said.now) + 3600000; }"
        )
        page.evaluate("document.body.dispatchEvent(new CustomEvent('hw:swapped'))")
        expect(rows.first).to_have_class("tone-late")
        expect(left).to_contain_text("over")


def test_a_change_appears_on_the_board_without_a_reload(browser: Browser, served: Served) -> None:
    with looking(browser, served, "/board") as page:
        expect(page.locator("#link")).to_have_text("Live")
        page.evaluate("window.mark = 1")
        with writing(served.engine) as conn:
            change(conn, "T-000001", Happening("resumed", NOW, "王工", {}), NOW)
            change(conn, "T-000002", Happening("cancelled", NOW, "王工", {"reason": "x"}), NOW)
        expect(page.locator(".clocks > li")).to_have_count(3, timeout=20_000)
        expect(page.locator(".tone-paused")).to_have_count(0)
        assert page.evaluate("window.mark") == 1


def test_filters_work_by_keyboard_and_keep_the_tab(browser: Browser, served: Served) -> None:
    with looking(browser, served, "/board") as page:
        page.locator(".tabs a", has_text="Over target").click()
        page.get_by_label("Text").fill("t-000004")
        page.keyboard.press("Enter")
        expect(page.locator(".clocks > li")).to_have_count(1)
        expect(page.locator('.tabs a[aria-current="page"]')).to_contain_text("Over target")
        page.get_by_role("link", name="Clear").click()
        expect(page.locator(".clocks > li")).to_have_count(2)


def test_A1_an_operator_plans_what_recurs_and_withdraws_it_on_a_telephone(browser: Browser, served: Served) -> None:
    with looking(browser, served, "/plans", 390) as page:
        page.get_by_text("Plan maintenance").click()
        form = page.locator("form.plan")
        form.get_by_label("Device, hall or branch").fill("b-1")
        form.get_by_label("From").fill("2026-11-02T22:00")
        form.get_by_label("Until").fill("2026-11-03T02:00")
        form.get_by_label("Reason").fill("停电检修")
        form.get_by_label("Approved by").fill("陈主任")
        expect(form.locator(".lasting")).to_be_hidden()
        form.get_by_label("weekly").check()
        form.get_by_label("mon", exact=True).check()
        form.get_by_role("button", name="Plan it").click()
        expect(page.locator(".wrong")).to_contain_text("Name the last date")
        expect(form.get_by_label("Reason")).to_have_value("停电检修")
        form.get_by_label("Last date").fill("2026-11-30")
        form.get_by_role("button", name="Plan it").click()
        expect(page.locator("li.ahead")).to_have_count(5)
        page.locator("li.ahead").first.locator("summary").click()
        page.get_by_role("button", name="Withdraw all 5").first.click()
        expect(page.locator("li.ahead")).to_have_count(0)
        expect(page.get_by_role("status")).to_contain_text("Withdrawn")


def test_R4_an_operator_pauses_a_clock_with_reason_and_approver(browser: Browser, served: Served) -> None:
    with looking(browser, served, "/tickets/T-000002", 390) as page:
        page.locator("#do-paused > summary").click()
        form = page.locator("#do-paused")
        form.get_by_label("Reason").select_option("awaiting_customer")
        form.get_by_label("Approved by").fill("陈主任")
        form.get_by_role("button", name="Pause the clock").click()
        expect(page.locator("#do-resumed")).to_be_visible()
        page.goto("/board?tab=paused")
        expect(page.locator(".clocks > li")).to_have_count(2)
