"""The pages in a real browser (Debian's Chromium)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from store import changes
from store.database import open_database, writing
from tests.api.conftest import NOW, Served, seeded, serving
from tests.api.seed import Told, change_state

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed; scripts/test installs it"),
]
FLAGS = [
    f"--{flag}"
    for flag in (
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
    )
]
expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def city_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the seeded city, to be copied."""
    place = tmp_path_factory.mktemp("shown")
    seeded(place).dispose()
    return place / "city.db"


@pytest.fixture
def shown(city_file: Path, tmp_path: Path) -> Iterator[Served]:
    """A city that may be read without signing in."""
    shutil.copy(city_file, tmp_path)
    engine = open_database(f"sqlite:///{tmp_path / 'city.db'}")
    with serving(engine, open_reading=True) as city:
        yield city
    engine.dispose()


@contextmanager
def looking(browser: Browser, city: Served, path: str, width: int = 1280, **given: Any) -> Iterator[Page]:
    """A page; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=city.url, **given)
    context.add_cookies([{"name": "hallwatch_language", "value": "en", "url": city.url}])
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(path)
    yield page
    context.close()
    assert complaints == []


def test_a_fault_appears_on_the_wall_without_a_reload_and_goes_again(browser: Browser, shown: Served) -> None:
    with looking(browser, shown, "/") as page:
        page.evaluate("window.mark = 1")
        expect(page.locator("#link")).to_have_text("Live")
        cell = page.locator('a.c[href="/devices/QU-0107"]')
        expect(cell).to_have_class("c s-up")
        change_state(shown.engine, "QU-0107", Told("down", 0, "silence", "vendor"), NOW)
        expect(cell).to_have_class("c s-down", timeout=20_000)
        expect(page.locator("#broken .trouble").first).to_contain_text("QU-0107")
        expect(page.locator(".total.t-down b")).to_have_text("5")
        change_state(shown.engine, "QU-0107", Told("up", 0), NOW)
        expect(cell).to_have_class("c s-up", timeout=20_000)
        expect(page.locator(".total.t-down b")).to_have_text("4")
        assert page.evaluate("window.mark") == 1


def test_durations_tick(browser: Browser, shown: Served) -> None:
    with looking(browser, shown, "/") as page:
        tick = page.locator("#broken .tick").first
        before = tick.text_content()
        page.wait_for_timeout(2100)
        assert tick.text_content() != before


def test_a_lost_connection_is_said_plainly_and_what_was_missed_is_made_up_for(browser: Browser, tmp_path: Path) -> None:
    engine = seeded(tmp_path)
    context = browser.new_context()
    page = context.new_page()
    with serving(engine, open_reading=True) as city:
        page.goto(city.url)
        expect(page.locator("#lost")).to_be_hidden()
        page.wait_for_timeout(500)
    expect(page.locator("#lost")).to_be_visible(timeout=20_000)
    expect(page.locator("body")).to_have_class(re.compile(r"\bis-lost\b"))
    change_state(engine, "QU-0107", Told("down", 0, "silence", "vendor"), NOW)
    with serving(engine, int(city.url.rpartition(":")[2]), open_reading=True):
        expect(page.locator("#lost")).to_be_hidden(timeout=20_000)
        expect(page.locator('a.c[href="/devices/QU-0107"]')).to_have_class("c s-down", timeout=20_000)
        context.close()
    engine.dispose()


@pytest.mark.parametrize("width", [390, 1920])
def test_no_page_breaks_the_policy_or_scrolls_sideways(browser: Browser, shown: Served, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=shown.url)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
    for path in ("/", "/halls/h-05", "/devices/PR-0101", "/tickets", "/tickets/T-000001", "/sign-in"):
        page.goto(path)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    context.close()
    assert said == []


@pytest.mark.parametrize("device", ["PR-0101", "KI-0105"])
def test_on_a_phone_the_state_of_a_device_stands_first(browser: Browser, shown: Served, device: str) -> None:
    with looking(browser, shown, f"/devices/{device}", 390) as page:
        tops = page.evaluate("[...document.querySelectorAll('.panel')].map(p => [p.getBoundingClientRect().top, p.id])")
    assert min(tops)[1] == "now"


def test_charts_are_drawn_and_the_period_changes_in_place(browser: Browser, shown: Served) -> None:
    with looking(browser, shown, "/devices/PR-0101") as page:
        expect(page.locator(".chart canvas").first).to_be_visible()
        page.locator(".chart").first.hover()
        page.evaluate("window.mark = 1")
        with page.expect_response(lambda one: "/metrics?" in one.url):
            page.get_by_role("link", name="7 days").click()
        expect(page.locator('#timeline a[aria-current="true"]')).to_have_text("7 days")
        assert page.evaluate("window.mark") == 1
        assert page.url.endswith("hours=168")


def test_a_chart_draws_no_line_across_silence_and_its_percent_end_at_100(browser: Browser, shown: Served) -> None:
    with looking(browser, shown, "/devices/PR-0101") as page:
        expect(page.locator('.chart[data-field="supply.1.level"] canvas')).to_be_visible()
        drawn = page.evaluate(
            """() => { const chart = echarts.getInstanceByDom(document.querySelector('[data-field="supply.1.level"]'));
            const { series, yAxis } = chart.getOption();
            return [series[0].data.filter((one) => one.value[1] === null).length, yAxis[0].max]; }"""
        )
        assert drawn == [1, 100]


def test_on_a_telephone_nothing_of_a_table_is_cut_and_what_is_broken_comes_first(
    browser: Browser, shown: Served
) -> None:
    with looking(browser, shown, "/tickets", 390) as page:
        for path in ("/tickets", "/halls/h-01", "/devices/PR-0101"):
            page.goto(path)
            cut = "[...document.querySelectorAll('.panel td')].filter((td) => td.getBoundingClientRect().right > 376)"
            assert page.evaluate(f"{cut}.length") == 0, path
        page.goto("/")
        tops = "['broken', 'totals'].map((id) => document.getElementById(id).getBoundingClientRect().top)"
        first, second = page.evaluate(tops)
        assert first < second


def test_the_keyboard_keeps_its_place_while_the_wall_changes(browser: Browser, shown: Served) -> None:
    with looking(browser, shown, "/") as page:
        page.locator('a.c[href="/devices/PR-0102"]').focus()
        change_state(shown.engine, "QU-0107", Told("down", 0, "silence", "vendor"), NOW)
        expect(page.locator('a.c[href="/devices/QU-0107"]')).to_have_class("c s-down", timeout=20_000)
        assert page.evaluate("document.activeElement.getAttribute('href')") == "/devices/PR-0102"


def test_every_cell_and_every_picture_has_a_name(browser: Browser, shown: Served) -> None:
    with looking(browser, shown, "/") as page:
        assert page.evaluate("[...document.querySelectorAll('a.c')].every(a => a.title)")
        expect(page.get_by_role("link", name="PR-0101 · printer · down · paper jam")).to_have_count(1)
        assert page.evaluate("document.querySelectorAll('h1').length") == 1


def test_an_import_shows_by_itself(browser: Browser, shown: Served) -> None:
    with looking(browser, shown, "/") as page:
        page.evaluate("window.mark = 1")
        page.wait_for_timeout(500)
        with page.expect_event("load", timeout=20_000), writing(shown.engine) as conn:
            changes.add(conn, NOW, "inventory", "digest", None, {})
        assert page.evaluate("window.mark") is None


def test_signing_in_leads_back_to_the_page(browser: Browser, city: Served) -> None:
    context = browser.new_context(base_url=city.url)
    page = context.new_page()
    page.goto("/tickets")
    page.locator("#token").fill(city.tokens["viewer"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets")
    expect(page.locator("#rows tr").first).to_be_visible()
    page.locator(".out button").click()
    page.wait_for_url("**/sign-in")
    context.close()
