"""Messages out of templates: ours are complete, people's are checked, values are harmless in a mail."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.recipient import BadRecipient, Recipient, recipient_of
from alerts.template import UnknownTemplate, faults, filled, message
from alerts.wording import LANGUAGES, PLACEHOLDERS, SAMPLES, WORDING
from store import templates
from store.database import reading
from tests.alerts.site import T0, Site

EVIL = "a<script>alert(1)</script>\r\nBcc: x@evil.example\u202e {ticket} </td>"


@pytest.mark.parametrize("name", WORDING)
def test_every_message_is_there_in_every_language_and_names_known_placeholders(name: str) -> None:
    assert set(WORDING[name]) == set(LANGUAGES)
    for title, text in WORDING[name].values():
        assert faults(title, text) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WORDING)
def test_a_message_with_samples_has_no_hole_left(name: str, language: str) -> None:
    made = message(name, language, SAMPLES)
    assert not re.search(r"\{[a-z_]+\}", made.title + made.text + made.html)
    assert "<script>" not in made.html


def test_the_samples_have_a_value_for_every_placeholder() -> None:
    assert set(SAMPLES) == set(PLACEHOLDERS)


def test_a_line_whose_placeholders_are_all_empty_is_left_out() -> None:
    made = filled("t", "Device: {device}\nReason: {reason}\nplain", {"device": "P-1"})
    assert made.text == "Device: P-1\nplain"


def test_what_an_empty_value_leaves_is_tidied() -> None:
    made = message("opened", "en", {"device": "P-1", "kind": "printer", "hall_name": "Hall"})
    assert made.text == "Device: P-1 (printer)\nHall: Hall"
    assert message("opened", "zh", {"device": "P-1"}).text == "设备：P-1"


def test_what_a_stranger_says_makes_no_line_no_markup_and_no_placeholder() -> None:
    made = filled("{device}", "Reason: {reason}\nTicket: {ticket}", {"device": EVIL, "reason": EVIL, "ticket": "T-1"})
    assert "\n" not in made.title
    assert made.text.count("\n") == 1
    assert "\u202e" not in made.title + made.text
    assert "<script>" not in made.html
    assert "</td>" not in made.text.partition("{ticket}")[0]
    assert "{ticket}" in made.text


def test_only_our_own_page_becomes_a_link_in_a_mail() -> None:
    made = filled("t", "Page: {url}\nReason: {reason}", {"url": "https://h.example/t", "reason": "http://evil.example"})
    assert made.html.count("<a ") == 1
    assert "<a href='https://h.example/t'>" in made.html
    assert "<a " not in filled("t", "Page: {url}", {"url": "javascript:alert(1)"}).html


def test_a_list_keeps_its_lines() -> None:
    made = filled("{count}", "{list}", {"count": "2", "list": "P-1\nP-2\u202e"})
    assert made.text == "P-1\nP-2"


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.dictionaries(st.sampled_from(PLACEHOLDERS), st.text(max_size=100)), st.sampled_from(sorted(WORDING)))
def test_whatever_the_values_are_title_and_markup_hold(values: dict[str, str], name: str) -> None:
    made = message(name, "zh", values)
    assert "\n" not in made.title
    assert len(made.title) <= 200
    assert len(made.text) <= 8000
    inside = re.sub(r"</?(?:div|h2|table|tr|th|td|a|meta)(?: [^<>]*)?>|<!doctype html>", "", made.html)
    assert "<" not in inside
    made.text.encode()


def test_an_unknown_placeholder_is_named_with_the_near_miss() -> None:
    assert faults("{Ticket} {hall name}", "{due} {x} { }") == [
        "{Ticket} is no placeholder; did you mean {ticket}?",
        "{hall name} is no placeholder; did you mean {hall_name}?",
        *(f"{{{one}}} is no placeholder; known: " + " ".join(f"{{{hole}}}" for hole in PLACEHOLDERS) for one in "x "),
    ]
    assert faults("a\nb", "x" * 4001)[0] == "the title is more than one line"


def test_an_unknown_message_or_language_is_an_error() -> None:
    for name, language in (("nothing", "zh"), ("opened", "fr")):
        with pytest.raises(UnknownTemplate):
            message(name, language, {})


def test_the_newest_of_a_name_and_language_counts_and_an_empty_one_is_ours(site: Site) -> None:
    with site.write() as conn:
        templates.put(conn, "opened", "zh", "一 {device}", "一", T0, "li")
        templates.put(conn, "opened", "zh", "", "二", T0 + 1, "li")
        templates.put(conn, "opened", "en", "x", "y", T0, "li")
        templates.put(conn, "opened", "en", "", "", T0 + 1, "li")
    with reading(site.engine) as conn:
        found = templates.newest(conn)
    assert list(found) == [("opened", "zh")]
    assert message("opened", "zh", {"device": "P-1", "ticket": "T-1"}, found)[:2] == ("[T-1] 新故障：P-1，", "二")
    assert message("opened", "en", {"device": "P-1"}, found).title.endswith("New fault: P-1,")


@pytest.mark.parametrize(
    ("text", "channel", "target"),
    [
        ("mailto:duty@vendor.example", "mail", "duty@vendor.example"),
        ("mailto:a%2Bb@x.example?subject=x", "mail", "a+b@x.example"),
        ("wecom:duty", "wecom", "duty"),
        ("dingtalk:v-1", "dingtalk", "v-1"),
        ("feishu:a.b", "feishu", "a.b"),
        ("webhook:system", "webhook", "system"),
        ("sms:+86 138-0013-8000", "sms", "+8613800138000"),
        ("sms:13800138000@gateway", "sms", "13800138000@gateway"),
        ("apprise:x", "apprise", "x"),
        ("rota:night", "rota", "night"),
    ],
)
def test_a_recipient_is_read(text: str, channel: str, target: str) -> None:
    assert recipient_of(text) == Recipient(channel, target)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("weecom:duty", "did you mean `wecom:`?"),
        ("duty@vendor.example", "none of mailto:"),
        ("mailto:", "not an address"),
        ("mailto:a@b\r\nBcc:c@d", "not an address"),
        ("mailto:a@b,c@d", "not an address"),
        ("wecom:", "the name of an end point"),
        ("wecom:a/b", "the name of an end point"),
        ("sms:12", "a number such as"),
        ("sms:138001380000@", "a number such as"),
        ("", "none of"),
    ],
)
def test_what_is_no_recipient_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadRecipient, match=re.escape(reason)):
        recipient_of(text)
