"""Reporting in a real browser, on a phone and on a desk, with a network that comes and goes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import Engine, select

from sla.instant import SECOND
from store.database import reading
from store.schema import ticket_events
from tests.api.axe import findings
from tests.api.conftest import NOW, Served
from tests.api.test_browser import browser

__all__ = ["browser"]
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed; scripts/test installs it"),
]
SIZES = pytest.mark.parametrize("width", [390, 1280])
OFFLINE = re.compile("ERR_INTERNET_DISCONNECTED|ERR_FAILED|409|422")


@pytest.fixture
def desk(fresh: Any) -> Iterator[Served]:
    with fresh(language="en") as served:
        yield served


def person(browser: Browser, city: Served, role: str, width: int = 390) -> BrowserContext:
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=city.url)
    cookies = {"hallwatch_language": "en", "hallwatch_session": city.tokens[role]}
    context.add_cookies([{"name": name, "value": value, "url": city.url} for name, value in cookies.items()])
    return context


@contextmanager
def at(browser: Browser, city: Served, path: str, width: int = 390, role: str = "operator") -> Iterator[Page]:
    """A page of somebody who is signed in; whatever the browser complains of, but the network, fails the test."""
    complaints: list[str] = []
    context = person(browser, city, role, width)
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path)
    yield page
    context.close()
    assert [one for one in complaints if not OFFLINE.search(one)] == []


def cut(page: Page) -> None:
    """Takes the network away, and waits until it is gone: a request that overtakes the order is answered, unheard."""
    page.context.set_offline(True)
    tried = "fetch('/healthz', {cache: 'no-store'}).then(() => true, () => false)"
    while page.evaluate(tried):
        page.wait_for_timeout(50)


def refuse(route: Route) -> None:
    """Nothing that is sent off arrives."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


def reports(engine: Engine) -> list[tuple[str, int, str]]:
    """Every report that was taken: the event, its time, what was said."""
    with reading(engine) as conn:
        rows = conn.execute(select(ticket_events).order_by(ticket_events.c.entry)).all()
    return [(row.event, row.detail.get("reported_at", row.at), row.detail.get("symptom", "")) for row in rows]


@SIZES
def test_a_fault_is_reported_in_three_clicks(browser: Browser, desk: Served, width: int) -> None:
    with at(browser, desk, "/report", width, "hall:h-01") as page:
        page.get_by_role("link", name="PR-0101").click()
        page.get_by_text("paper jam", exact=True).click()
        page.get_by_role("button", name="Send the report").click()
        expect(page.get_by_role("heading", name="T-000001")).to_be_visible()
        expect(page.get_by_text("New ticket")).to_be_visible()
    assert reports(desk.engine) == [("opened", NOW, "paper jam")]


@SIZES
def test_the_pages_are_for_everybody_and_fit_their_width(browser: Browser, desk: Served, width: int) -> None:
    with at(browser, desk, "/report?hall=", width) as page:
        for path in (
            "/report?hall=",
            "/report?hall=h-01",
            "/report?device=KI-0105",
            "/report?device=PR-0101&about=complaint",
        ):
            page.goto(path)
            assert findings(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.get_by_text("The repair is late").click()
        page.get_by_label("In your words").fill("three days")
        page.get_by_role("button", name="Send the complaint").click()
        expect(page.get_by_text("The complaint is recorded")).to_be_visible()
        assert findings(page) == []


def test_the_list_follows_what_is_typed(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?hall=h-01") as page:
        page.evaluate("window.mark = 1")
        page.get_by_role("searchbox").press_sequentially("打印机")
        expect(page.locator("#found .pick")).to_have_count(6)
        expect(page.locator("#found h2").nth(1)).to_have_text("Devices in other halls")
        assert page.evaluate("window.mark") == 1


def test_by_keyboard_alone(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?device=PR-0101", 1280) as page:
        page.locator('input[name="symptom"]').first.focus()
        page.keyboard.press("ArrowDown")
        page.get_by_role("button", name="Send the report").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="T-000001")).to_be_visible()
    assert [said for _, _, said in reports(desk.engine)] == ["paper jam"]


def test_without_network_a_report_is_kept_and_sent_once_when_it_is_back(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?device=PR-0101") as page:
        page.get_by_text("paper jam", exact=True).click()
        cut(page)
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("#kept")).to_contain_text("Kept on this device. It will be sent")
        assert findings(page) == []
        assert reports(desk.engine) == []
        page.wait_for_timeout(2100)
        page.context.set_offline(False)
        expect(page.get_by_text("New ticket")).to_be_visible(timeout=10_000)
        page.goto("/report")
        page.wait_for_timeout(500)
        expect(page.locator("#kept")).to_be_hidden()
    (only,) = reports(desk.engine)
    assert (only[0], only[2]) == ("opened", "paper jam")
    assert NOW - 10 * SECOND <= only[1] <= NOW - 2 * SECOND, "of the time at which it was sent off"


def test_what_was_kept_is_sent_by_the_next_page_after_the_browser_was_closed(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?device=PR-0101") as page:
        page.get_by_text("paper jam", exact=True).click()
        cut(page)
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("#kept")).to_contain_text("Kept")
        page.close()
        page.context.set_offline(False)
        later = page.context.new_page()
        later.goto("/report?hall=h-02")
        expect(later.locator("#kept")).to_contain_text("PR-0101 Sent.")
        later.get_by_role("link", name="Show it").click()
        expect(later.get_by_role("heading", name="T-000001")).to_be_visible()
    assert len(reports(desk.engine)) == 1


def test_an_answer_that_gets_lost_makes_no_second_report(browser: Browser, desk: Served) -> None:
    lost: list[int] = []

    def swallow(route: Route) -> None:
        if route.request.method == "POST" and len(lost) < 2:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    with at(browser, desk, "/report?device=PR-0101") as page:
        page.route("**/report", swallow)
        page.get_by_text("paper jam", exact=True).click()
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("#kept")).to_contain_text("Kept")
        expect(page.get_by_text("New ticket")).to_be_visible(timeout=20_000)
    assert lost == [200, 200]
    assert len(reports(desk.engine)) == 1


def test_an_impatient_finger_reports_once(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?device=PR-0101") as page:
        page.get_by_text("paper jam", exact=True).click()
        page.evaluate("for (let n = 0; n < 5; n++) document.getElementById('intake').requestSubmit()")
        expect(page.get_by_text("New ticket")).to_be_visible()
    assert len(reports(desk.engine)) == 1


def test_what_was_typed_is_there_again(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?device=PR-0101") as page:
        page.get_by_text("prints badly", exact=True).click()
        page.get_by_label("In your words").fill("stripes")
        page.get_by_text("30 min ago").click()
        page.goto("/report?device=PR-0102")
        expect(page.get_by_label("In your words")).to_have_value("")
        page.goto("/report?device=PR-0101")
        expect(page.get_by_label("In your words")).to_have_value("stripes")
        expect(page.get_by_role("radio", name="prints badly")).to_be_checked()
        expect(page.get_by_role("radio", name="30 min ago")).to_be_checked()


def test_nothing_is_sent_in_another_persons_name(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?device=PR-0101") as page:
        page.get_by_text("paper jam", exact=True).click()
        page.context.route("**/report", refuse)  # also for a page that is just being left
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("#kept")).to_contain_text("Kept")
        page.goto("about:blank")
        page.context.add_cookies([{"name": "hallwatch_session", "value": desk.tokens["hall:h-01"], "url": desk.url}])
        page.context.unroute("**/report", refuse)
        page.goto("/report")
        page.wait_for_timeout(1000)
        assert reports(desk.engine) == []
        page.context.add_cookies([{"name": "hallwatch_session", "value": desk.tokens["operator"], "url": desk.url}])
        page.goto("/report")
        expect(page.locator("#kept")).to_contain_text("Sent.")
    assert len(reports(desk.engine)) == 1


def test_who_was_signed_out_is_told_and_loses_nothing(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?device=PR-0101") as page:
        page.get_by_text("paper jam", exact=True).click()
        page.context.clear_cookies(name="hallwatch_session")
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("#kept")).to_contain_text("Sign in again")
        page.context.add_cookies([{"name": "hallwatch_session", "value": desk.tokens["operator"], "url": desk.url}])
        expect(page.get_by_text("New ticket")).to_be_visible(timeout=10_000)


def test_a_refused_form_says_why_and_may_be_mended(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/report?device=PR-0101") as page:
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("#kept")).to_contain_text("Choose what is wrong")
        page.get_by_text("paper jam", exact=True).click()
        page.evaluate("document.querySelector('[name=source]:checked').value = 'rumour'")
        page.get_by_role("button", name="Send the report").click()
        expect(page.locator("#kept")).to_contain_text("could not be taken")
        page.evaluate("document.querySelector('[name=source]:checked').value = 'patrol'")
        page.get_by_role("button", name="Send the report").click()
        expect(page.get_by_text("New ticket")).to_be_visible()
    assert len(reports(desk.engine)) == 1


def test_it_works_without_scripts_too(browser: Browser, desk: Served) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=desk.url)
    cookies = {"hallwatch_language": "en", "hallwatch_session": desk.tokens["operator"]}
    context.add_cookies([{"name": name, "value": value, "url": desk.url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto("/report?hall=")
    page.get_by_role("searchbox").fill("PR-0101")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="PR-0101").click()
    page.get_by_text("paper jam", exact=True).click()
    page.get_by_text("another time").click()
    page.get_by_label("Day and time").fill("2026-11-20T21:15")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_text("New ticket")).to_be_visible()
    context.close()
    assert len(reports(desk.engine)) == 1


def test_the_device_page_leads_to_the_form_and_to_its_sticker(browser: Browser, desk: Served) -> None:
    with at(browser, desk, "/d/PR-0101") as page:
        expect(page.get_by_role("link", name="Sticker")).to_have_attribute("href", "/devices/PR-0101/sticker.svg")
        page.locator("main").get_by_role("link", name="Report a fault").click()
        expect(page.get_by_text("What is wrong?")).to_be_visible()
        assert page.url.endswith("/report?device=PR-0101")
