"""The page of channels and the editor of words in a real browser, at a telephone's width and a desk's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from alerts.known import known
from alerts.outbox import ask
from alerts.recipient import Recipient
from alerts.settings import AlertSettings, Mail, MqttConfig
from store.database import writing
from tests.alerts.chats import EVIL, KEY, MESSAGE, end_point, worker
from tests.alerts.ear import Ear, Reply, listening, said
from tests.api.axe import findings
from tests.api.conftest import NOW, Served, seeded, serving
from tests.api.test_browser import browser

__all__ = ["browser"]
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed; scripts/test installs it"),
]
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city whose channels have sent, failed and been blocked."""
    engine = seeded(tmp_path_factory.mktemp("told"), 2, 6, 0)
    with listening(Ear(usual=said({"errcode": 0, "errmsg": "ok"}))) as ear:
        places = [
            end_point(ear, "wecom", "duty"),
            end_point(ear, "dingtalk", "vendor-1", secret="SEC0123456789"),
            end_point(ear, "webhook", "ticket-system", secret=KEY),
            end_point(ear, "sms", "phone", body="", success=""),
        ]
        settings = AlertSettings(MqttConfig("mqtt://127.0.0.1"), Mail("smtp://mail.example"), tuple(places))
        site: Any = SimpleNamespace(engine=engine)
        replies = [[said({"errcode": 0, "errmsg": "ok"})], [said({"errcode": 130101, "errmsg": "send too fast"})]]
        for place, given in zip(places[:3], [*replies, [Reply(503, EVIL.encode())]], strict=True):
            ear.replies += given
            with writing(engine) as conn:
                ask(conn, f"k-{place.name}", Recipient(place.kind, place.name), MESSAGE, {}, NOW - 5000)
            worker(site, place).step(lambda: NOW - 4000)
        with serving(engine, channels=known(settings)) as city:
            yield city
    engine.dispose()


def opened(browser: Browser, city: Served, path: str, width: int = 1280, language: str = "en") -> Page:
    context = browser.new_context(viewport={"width": width, "height": 844}, base_url=city.url)
    cookies = {"hallwatch_language": language, "hallwatch_session": city.tokens["operator"]}
    context.add_cookies([{"name": name, "value": value, "url": city.url} for name, value in cookies.items()])
    page = context.new_page()
    page.on("console", lambda one: pytest.fail(one.text) if one.type == "error" and "422" not in one.text else None)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(path)
    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", ["/channels", "/channels/templates/opened/zh"])
def test_the_pages_fit_and_nothing_serious_is_found(browser: Browser, told: Served, path: str, width: int) -> None:
    page = opened(browser, told, path, width)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert findings(page) == []
    if folder := os.environ.get("HALLWATCH_PICTURES"):
        page.screenshot(path=Path(folder) / f"{path.strip('/').replace('/', '-')}-{width}.png", full_page=True)
    page.context.close()


def test_a_channel_shows_what_was_said_and_no_secret(browser: Browser, told: Served) -> None:
    page = opened(browser, told, "/channels")
    expect(page.locator(".way", has_text="vendor-1")).to_contain_text("130101 send too fast")
    expect(page.locator(".way", has_text="vendor-1")).to_contain_text("Nothing goes out before")
    expect(page.locator(".failures")).to_contain_text("HTTP 503")
    for secret in (KEY, "0123456789abcdef", "SEC0123456789"):
        assert secret not in page.content()
    page.context.close()


def test_a_test_that_nobody_takes_yet_says_that_it_waits(browser: Browser, told: Served) -> None:
    page = opened(browser, told, "/channels")
    page.locator(".way", has_text="duty").first.get_by_role("button", name="Send a test").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/channels?tested=*", timeout=20_000)
    expect(page.locator("#result")).to_contain_text("waiting")
    page.context.close()


def test_an_address_that_is_none_is_refused_and_kept(browser: Browser, told: Served) -> None:
    page = opened(browser, told, "/channels")
    card = page.locator(".way", has_text="phone").last
    card.locator("input").fill("not a number")
    card.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("a number such as sms:")
    expect(page.locator('input[aria-invalid="true"]')).to_have_value("not a number")
    page.context.close()


def test_the_preview_follows_what_is_typed_and_is_saved(browser: Browser, told: Served) -> None:
    page = opened(browser, told, "/channels/templates/restored/en")
    page.get_by_label("Title").fill("Fixed ")
    page.locator('[data-hole="device"]').click()
    expect(page.locator("#p-title")).to_have_text("Fixed P-0001")
    page.get_by_label("Text").fill("{devise}")
    expect(page.locator("#fault")).to_contain_text("did you mean {device}?")
    page.get_by_label("Text").fill("{reason}")
    expect(page.locator("#p-markdown")).to_contain_text("＠all")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Title")).to_have_value("Fixed {device}")
    expect(page.locator(".title")).to_contain_text("Changed by operator")
    page.get_by_role("button", name="Back to ours").click()
    expect(page.locator(".title")).to_contain_text("As it came")
    page.context.close()


def test_a_template_that_is_wrong_is_shown_again_as_typed(browser: Browser, told: Served) -> None:
    page = opened(browser, told, "/channels/templates/opened/en")
    page.get_by_label("Text").fill("{nowhere} <b>x</b>")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").first).to_contain_text("{nowhere} is no placeholder")
    expect(page.get_by_label("Text")).to_have_value("{nowhere} <b>x</b>")
    page.context.close()


def test_a_viewer_is_kept_out(told: Served) -> None:
    client = told.as_("viewer", headers={"accept": "text/html"})
    assert client.get("/channels").status_code == 403
    assert client.post("/channels/duty/test", data={}).status_code == 403
    assert client.post("/channels/templates/opened/en", data={"subject": "x", "text": "y"}).status_code == 403
