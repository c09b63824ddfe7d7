"""Reports and statements in a real browser: on a telephone and on a desk, by hand and by keyboard, and on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.api import billed
from tests.api.axe import findings
from tests.api.conftest import Served
from tests.api.test_browser import FLAGS
from tests.api.test_statement_pages import Desk

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed; scripts/test installs it"),
]
STATEMENT = "/statements/v-1/2026-10?contract=c-1"
TRIED = "/what-if?contract=c-1&try=1&from=2026-09&until=2026-10&t1_cap=20"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def city(billed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The city with a published month, one of whose lines is disputed."""
    with billed.billing(billed_file, tmp_path_factory.mktemp("looked")) as served:
        desk = Desk(served, [])
        desk.publish()
        assert desk.post("vendor:v-1", "dispute", line="T3", reason="W" * 500).status_code == 303
        yield served


@contextmanager
def looking(
    browser: Browser, city: Served, path: str, width: int = 1280, role: str = "operator", **given: Any
) -> Iterator[Page]:
    """A page for somebody signed in; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=city.url, **given)
    cookies = {"hallwatch_language": "en", "hallwatch_session": city.tokens[role]}
    context.add_cookies([{"name": name, "value": value, "url": city.url} for name, value in cookies.items()])
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path)
    yield page
    context.close()
    assert complaints == []


def opened(page: Page) -> None:
    """Everything on the page that opens."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if page.locator("#lines").count():
        page.locator("#line-T2 .open-st a").click()
        page.locator("#in-T2 .slice-table a").first.click()
        expect(page.locator("#in-T2 .seen-table")).to_be_visible()
    if page.locator("#preview").count():
        expect(page.locator(".report")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_nothing_serious_stands_in_anybodys_way(browser: Browser, city: Served, width: int, scheme: Any) -> None:
    role = "operator" if width == 390 else "vendor:v-1"
    with looking(browser, city, STATEMENT, width, role, color_scheme=scheme) as page:
        for path in (STATEMENT, "/reports", "/statements", TRIED, "/renewal/v-1"):
            page.goto(path)
            opened(page)
            assert findings(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_report_comes_by_itself_and_its_tables_are_tabs_for_the_keyboard(browser: Browser, city: Served) -> None:
    with looking(browser, city, "/reports") as page:
        expect(page.get_by_role("heading", name="Monthly availability report")).to_be_visible()
        page.get_by_role("tab", name="City").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#table-branch")).to_be_visible()
        expect(page.locator("#table-city")).to_be_hidden()
        page.keyboard.press("End")
        expect(page.locator("#table-rules")).to_be_visible()
        page.locator(".spans label", has_text="Week").click()
        expect(page.get_by_label("Week", exact=True).last).to_be_visible()
        expect(page.locator("#f-month")).to_be_hidden()


def test_a_vendor_disputes_a_line_with_a_file_and_the_operator_answers(
    browser: Browser, city: Served, tmp_path: Path
) -> None:
    proof = tmp_path / "proof.txt"
    proof.write_text("seen", "utf-8")
    with looking(browser, city, STATEMENT, 390, "vendor:v-1") as page:
        page.locator("#line-T2 > summary").click()
        page.locator("#do-dispute-T2 summary").click()
        page.locator("#do-dispute-T2").get_by_label("What is wrong with it").fill("the spare came late")
        page.locator("#do-dispute-T2").get_by_label("Files").set_input_files(proof)
        page.get_by_role("button", name="Dispute line T2").click()
        expect(page.get_by_role("status")).to_contain_text("Your dispute is recorded")
        expect(page.locator("#disputes")).to_contain_text("proof.txt")
    with looking(browser, city, STATEMENT) as page:
        form = page.locator(".dispute", has_text="the spare came late")
        form.locator("summary", has_text="Answer it").click()
        form.get_by_label("Reject it").check()
        expect(form.get_by_label("Points to give back")).to_be_hidden()
        form.get_by_label("Reason").fill("it was ours")
        form.get_by_role("button", name="Send the answer").click()
        expect(page.locator("#disputes")).to_contain_text("Rejected it was ours")


def test_without_scripts_it_works_too(browser: Browser, city: Served) -> None:
    with looking(browser, city, "/reports", java_script_enabled=False) as page:
        page.get_by_role("link", name="Show it here").last.click()
        expect(page.locator("#table-device")).to_be_visible()
        page.goto(STATEMENT)
        page.locator("#line-T2 > summary").click()
        page.locator("#line-T2 .open-st a").click()
        page.locator(".slice-table a").first.click()
        expect(page.locator("#observations")).to_contain_text("the edge")


def test_S8_the_dossier_fits_on_one_page_of_paper(browser: Browser, city: Served) -> None:
    with looking(browser, city, "/renewal/v-1") as page:
        paper = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
