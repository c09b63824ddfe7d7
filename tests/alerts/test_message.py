"""What vendors are told: complete, in their language, safe whatever things are called."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from alerts.channels.mail import message_of
from alerts.message import told_as
from alerts.notify import recipients
from alerts.plain import one_line
from alerts.settings import AlertSettings, BadUrl, Mail, MqttConfig, remarks
from store.database import reading
from store.notices import Notice
from store.schema import notices
from store.tickets import Event
from tests.alerts.site import Site, document

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/alert.json").read_text(encoding="utf-8"))
EVIL = "飞鹅<script>alert(1)</script>\r\nBcc: all@evil.example\r\n\r\n\u202e路"


def opened(site: Site, channel: str) -> Any:
    site.outage("P-1", 0)
    site.look(5)
    with reading(site.engine) as conn:
        return conn.execute(select(notices).where(notices.c.channel == channel)).one()


def notice(row: Any) -> Notice:
    return Notice(*(getattr(row, name) for name in Notice._fields))


def test_the_alert_says_what_and_where_and_fits_its_schema(site: Site) -> None:
    row = opened(site, "mqtt")
    said = json.loads(row.body)
    assert row.target == "hallwatch/v1/alerts/v-1"
    assert row.retain == 0
    assert said == {
        "v": 1,
        "id": "T-000001-1",
        "event": "opened",
        "ticket": "T-000001",
        "device": "P-1",
        "kind": "printer",
        "model": "HP M404",
        "hall": "h-01",
        "hall_name": "飞鹅路营业厅",
        "symptom": "silence",
        "cause": "silence",
        "reason": None,
        "purpose": "fault",
        "at": "2026-11-02T02:05:00.000Z",
        "url": "http://site.example/tickets/T-000001",
    }
    assert set(said) == set(SCHEMA["properties"])
    assert set(SCHEMA["required"]) <= set(said)


def test_the_mail_says_the_same_as_text_and_as_html(site: Site) -> None:
    row = opened(site, "mail")
    assert (row.target, row.subject) == ("duty@vendor.example", "[T-000001] New fault: P-1, 飞鹅路营业厅")
    body = json.loads(row.body)
    for part in ("T-000001", "P-1 (printer HP M404)", "2026-11-02 10:05:00 (Asia/Shanghai)"):
        assert part in body["text"]
        assert part in body["html"]


def test_the_mail_speaks_the_language_of_the_site(site: Site) -> None:
    words = {"printer": "打印机", "silence": "无应答"}
    site.alerts.settings = replace(site.settings, language="zh")
    site.alerts.translate = lambda text: words.get(text, text)
    row = opened(site, "mail")
    assert row.subject == "[T-000001] 新故障：P-1，飞鹅路营业厅"
    assert "设备：P-1（打印机 HP M404）" in json.loads(row.body)["text"]


def test_a_hostile_hall_name_makes_no_header_no_markup_and_no_line(tmp_path: Path) -> None:
    site = Site(tmp_path, city=document(hall_name=EVIL))
    row = opened(site, "mail")
    message = message_of(notice(row), "hallwatch@site.example")
    assert message["Bcc"] is None
    raw = message.as_bytes()
    assert b"\nBcc:" not in raw
    body = json.loads(row.body)
    assert "<script>" not in body["html"]
    assert "\r" not in body["text"]
    assert "\u202e" not in body["text"] + row.subject
    site.engine.dispose()


def test_a_mail_keeps_its_message_id_and_its_thread(site: Site) -> None:
    first = notice(opened(site, "mail"))
    one, again = (message_of(first._replace(attempts=n), "hallwatch@site.example") for n in (0, 7))
    assert one["Message-ID"] == again["Message-ID"]
    assert one["References"].endswith("@site.example>")


def test_without_mail_settings_no_mail_is_made(tmp_path: Path) -> None:
    site = Site(tmp_path, AlertSettings())
    site.outage("P-1", 0)
    site.look(5)
    assert (site.told("mail"), site.told("mqtt")) == ([], ["opened"])
    site.engine.dispose()


def test_doctor_is_told_what_is_not_set() -> None:
    assert len(remarks(AlertSettings())) == 2
    assert len(remarks(AlertSettings(mail=Mail("smtp://u:p@h"), url="http://x"))) == 1
    assert remarks(AlertSettings(mail=Mail("smtps://u:p@h"), url="http://x")) == []


def test_each_recipient_is_told_once_and_what_is_none_is_left_out() -> None:
    settings = AlertSettings(mail=Mail("smtp://h"))
    found = recipients(["mailto:a@x", "https://robot", "mailto:a@x", "mailto:", "sms:110", "rota:duty"], settings)
    assert found == [("mail", "a@x"), ("sms", "110")]


def test_a_late_event_and_a_note_are_not_told() -> None:
    assert told_as(Event(1, 1, "opened", 0, 0, "x", {"late": True})) is None
    assert told_as(Event(1, 1, "note", 0, 0, "x", {})) is None
    assert told_as(Event(1, 1, "cancelled", 0, 0, "x", {})) == "withdrawn"


def test_one_line_takes_out_what_breaks_lines_and_turns_writing() -> None:
    assert one_line(" a\r\nb\u202ec\x00d\u2028e ") == "a b c d e"


def test_a_password_in_an_url_is_never_shown() -> None:
    mail = Mail("smtp://user:p%40ss@h:2525")
    assert mail.login == ("user", "p@ss")
    assert mail.address == ("h", 2525)
    assert "ss" not in repr(mail).replace("class", "")
    for bad in (Mail("http://h"), Mail("smtp://h:x"), MqttConfig("mqtt:")):
        with pytest.raises(BadUrl):
            _ = bad.address


def test_zones_are_the_sites(site: Site) -> None:
    site.alerts.zone = ZoneInfo("UTC")
    assert "2026-11-02 02:05:00 (UTC)" in json.loads(opened(site, "mail").body)["text"]
