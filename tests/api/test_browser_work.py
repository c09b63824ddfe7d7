"""The vendor's page and the ticket's in a real browser: on a telephone and on a desk, by thumb, keyboard and ear."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.api.axe import findings
from tests.api.conftest import Served
from tests.api.pictures import by_a_telephone
from tests.api.test_browser import FLAGS
from tests.api.worked import DUE, LATE, OVER, PAUSED, UNPHONED, opened

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed; scripts/test installs it"),
]
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def looking(
    browser: Browser, city: Served, path: str, width: int = 390, role: str = "vendor:v-1", **given: Any
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
    assert [one for one in complaints if "409" not in one] == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_nothing_serious_stands_in_anybodys_way(browser: Browser, worked: Served, width: int, scheme: Any) -> None:
    paths = ("/work", f"/tickets/{LATE}?do=restored", f"/tickets/{OVER}", f"/tickets/{UNPHONED}", f"/tickets/{PAUSED}")
    for path in (*paths, "/tickets"):
        with looking(browser, worked, path, width, color_scheme=scheme) as page:
            if page.locator(".cut summary").count():
                page.locator(".cut summary").click()
            assert findings(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_the_time_that_is_left_counts_down(browser: Browser, worked: Served) -> None:
    with looking(browser, worked, f"/tickets/{LATE}") as page:
        left = page.locator("#head .left")
        before = left.text_content()
        expect(left).to_have_class(re.compile("gone"))
        page.wait_for_timeout(1600)
        assert left.text_content() != before


def test_a_thumb_takes_a_ticket_from_on_the_way_to_done_with_a_photo(
    browser: Browser, worked: Served, tmp_path: Path
) -> None:
    ticket = opened(worked, "KI-0305", symptom="读卡器坏")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(by_a_telephone())
    with looking(browser, worked, "/work", has_touch=True) as page:
        card = page.locator(f"#job-{ticket}")
        buttons = card.locator("button, .button").all()
        assert all((one.bounding_box() or {"height": 0})["height"] >= 44 for one in buttons)
        card.get_by_role("button", name="I have arrived").tap()
        page.wait_for_url("**/work")
        card.get_by_role("link", name="Done").tap()
        form = page.locator("#do-restored")
        form.locator(".radio", has_text="replaced by a spare").tap()
        form.get_by_label("Cause found").select_option("card reader")
        form.get_by_label("Photo").set_input_files(photo)
        form.get_by_role("button", name="Done").tap()
        page.wait_for_url(f"**/tickets/{ticket}")
        expect(page.locator("#head")).to_contain_text("restored")
        expect(page.locator("#history")).to_contain_text("replaced by a spare")
        image = page.locator("#photos img")
        expect(image).to_be_visible()
        image.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('#photos img').naturalWidth === 40")


def test_without_scripts_it_works_too(browser: Browser, worked: Served) -> None:
    ticket = opened(worked, "KI-0306")
    with looking(browser, worked, "/work", java_script_enabled=False) as page:
        page.locator(f"#job-{ticket}").get_by_role("button", name="I have arrived").click()
        page.locator(f"#job-{ticket}").get_by_role("link", name="Done").click()
        page.locator("#do-restored").get_by_role("button", name="Done").click()
        expect(page.locator("#head")).to_contain_text("restored")


def test_of_two_people_the_slower_is_told_on_the_page_and_keeps_what_was_typed(
    browser: Browser, worked: Served
) -> None:
    ticket = opened(worked, "QU-0307")
    with looking(browser, worked, f"/tickets/{ticket}?do=restored", 1280) as slow:
        slow.get_by_label("Parts changed").fill("显示屏")
        done = {"event": "restored", "how": "repaired"}
        assert worked.as_("operator").post(f"/tickets/{ticket}/act", data=done).status_code == 303
        expect(slow.locator("#head")).to_contain_text("restored", timeout=20_000)
        assert slow.get_by_label("Parts changed").input_value() == "显示屏"
        slow.locator("#do-restored").get_by_role("button", name="Done").click()
        expect(slow.locator(".told")).to_contain_text("somebody was quicker (restored, operator")


def test_the_work_of_others_appears_without_a_reload(browser: Browser, worked: Served) -> None:
    with looking(browser, worked, "/work", 1280) as page:
        page.evaluate("window.mark = 1")
        expect(page.locator("#link")).to_have_text("Live")
        page.wait_for_timeout(300)
        ticket = opened(worked, "LI-0503", symptom="新的故障")
        expect(page.locator(f"#job-{ticket}")).to_contain_text("新的故障", timeout=20_000)
        assert page.evaluate("window.mark") == 1


def test_by_keyboard_a_form_opens_is_filled_and_sent(browser: Browser, worked: Served) -> None:
    ticket = opened(worked, "CO-0504")
    with looking(browser, worked, f"/tickets/{ticket}", 1280) as page:
        page.locator("#do-note summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("waiting for a part")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.locator("#do-note button").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#history")).to_contain_text("waiting for a part")


@pytest.mark.parametrize("width", WIDTHS)
def test_R7_the_drawing_can_be_read(browser: Browser, worked: Served, width: int) -> None:
    with looking(browser, worked, f"/tickets/{OVER}", width) as page:
        boxes = page.evaluate(
            """() => [...document.querySelectorAll('.slices .flag-text, .slices .tick-text, .slices .in')]
            .filter((one) => getComputedStyle(one).display !== 'none')
            .map((one) => { const b = one.getBoundingClientRect(); return [b.left, b.right, b.top, b.bottom]; })"""
        )
        assert len(boxes) >= 5
        assert all(left >= 0 and right <= width for left, right, _, _ in boxes)
        for i, (left, right, top, bottom) in enumerate(boxes):
            for other in boxes[i + 1 :]:
                assert other[0] >= right or other[1] <= left or other[2] >= bottom - 1 or other[3] <= top + 1
        expect(page.get_by_role("img", name="The clock and the device over time")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_endless_words_break_no_page(browser: Browser, worked: Served, width: int) -> None:
    ticket = opened(worked, "LI-0503", symptom="W" * 500)
    note = {"event": "note", "note": "n" * 500}
    assert worked.as_("vendor:v-1").post(f"/tickets/{ticket}/act", data=note).status_code == 303
    for path in ("/work", f"/tickets/{ticket}", "/tickets"):
        with looking(browser, worked, path, width) as page:
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_a_due_ticket_shows_when_in_the_drawing(browser: Browser, worked: Served) -> None:
    with looking(browser, worked, f"/tickets/{DUE}") as page:
        expect(page.locator(".slices .t-due")).to_have_text("due 16:03")
        expect(page.locator(".slices .k-ahead")).to_have_count(1)
