"""One ticket's page: its clock in slices, why it has none, what happened beside the device, for everybody in scope."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from tests.api.conftest import Served
from tests.api.worked import (
    DUE,
    LATE,
    OTHERS,
    OVER,
    PAUSED,
    PREVENTIVE,
    RECORD,
    REPEAT,
    UNPHONED,
    UNTIMED,
    opened,
)

pytestmark = pytest.mark.slow


def page(city: Served, ticket: str, role: str = "viewer", more: str = "") -> str:
    """The page in English."""
    answer = city.as_(role, cookies={"hallwatch_language": "en"}).get(f"/tickets/{ticket}{more}")
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def part(text: str, id: str) -> str:
    """A section by its id."""
    return text.partition(f'id="{id}"')[2].partition("</section>")[0]


def plain(html: str) -> str:
    """The text without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def minutes(text: str) -> int:
    """Seconds in `12 min 3 s`."""
    whole, rest = re.fullmatch(r"(\d+) min(?: (\d+) s)?", text.strip()).groups()  # type: ignore[union-attr]
    return int(whole) * 60 + int(rest or 0)


def cells(text: str) -> list[list[str]]:
    """The table of slices."""
    body = text.partition("slice-table")[2].partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [plain(one).strip() for one in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)] for row in body.split("<tr>")[1:]
    ]


def test_R7_the_slices_cover_the_clock_and_add_up_to_the_sums(worked: Served) -> None:
    text = part(page(worked, OVER), "clock")
    rows = cells(text)
    assert rows[0][0] == "11-20 12:20:00"
    assert rows[-1][:2] == ["11-21 08:00:00", "10:07:24"]
    assert all(after[0].endswith(before[1]) for before, after in pairwise(rows))
    spent: dict[str, int] = {}
    for _, _, class_, time in rows:
        spent[class_] = spent.get(class_, 0) + minutes(time)
    sums = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+?)\s*<", text))
    assert {name: minutes(sums[name]) for name in ("counted", "travel", "paused")} == {
        name: spent[name] for name in ("counted", "travel", "paused")
    }
    assert minutes(sums["over target"]) == spent["counted"] - 7200


def test_R7_the_drawing_has_every_class_in_words_and_patterns_and_no_style(worked: Served) -> None:
    text = part(page(worked, OVER), "clock")
    for class_ in ("travel", "counted", "paused", "over", "closed"):
        assert f'class="k-{class_}"' in text
    for word in (
        "travel",
        "counted",
        "paused",
        "over target",
        "closed hours",
        "target reached 16:50",
        "restored 10:07",
    ):
        assert word in plain(text)
    assert "style=" not in text


def test_the_device_stands_below_the_clock_over_the_same_time(worked: Served) -> None:
    text = part(page(worked, OVER), "clock")
    assert 'class="b-down"' in text
    assert 'class="b-up"' in text
    rects = re.findall(r'class="(?:k|b)-\w+" x="([\d.]+)%" y="(?:56|124)" width="([\d.]+)%"', text)
    assert len(rects) > 8
    assert all(0 <= float(x) <= 100 and float(x) + float(width) <= 100.5 for x, width in rects)


@pytest.mark.parametrize(
    ("ticket", "words"),
    [
        (DUE, "due 11-21 16:03"),
        (LATE, "overdue 11-21 13:25"),
        (PAUSED, "paused"),
        (UNTIMED, "nothing is due"),
        (UNPHONED, "no clock"),
        (OVER, "late by 5 h 17 min"),
    ],
)
def test_the_head_says_what_the_clock_says(worked: Served, ticket: str, words: str) -> None:
    assert words in plain(part(page(worked, ticket), "head"))


@pytest.mark.parametrize(
    ("ticket", "why"),
    [
        (UNPHONED, "Nobody has phoned it in: by the contract the clock starts with the phone call. c-1"),
        (PREVENTIVE, "Preventive work has no clock."),
        (RECORD, "A record: the outage was over when it became known, so that no clock ran."),
        ("T-000002", "No contract covers this device at that time."),
    ],
)
def test_K1_K7_R2_without_a_clock_it_says_why(worked: Served, ticket: str, why: str) -> None:
    text = plain(part(page(worked, ticket), "clock"))
    assert why in text
    assert "counted" not in text


def test_R1_a_kind_without_a_target_counts_and_nothing_is_due(worked: Served) -> None:
    text = plain(part(page(worked, UNTIMED), "clock"))
    assert "It names no repair time for this kind of device" in text
    assert "55 min" in text


def test_the_contract_is_named_and_staff_are_led_to_it(worked: Served) -> None:
    assert 'href="/contracts#c-1"' in page(worked, DUE, "operator")
    text = page(worked, DUE, "vendor:v-1")
    assert "/contracts" not in text
    assert "<b>c-1</b>" in text


def test_history_stands_in_order_with_the_device_and_says_what_was_entered_late(worked: Served) -> None:
    text = plain(part(page(worked, OVER), "history"))
    found = [
        text.index(word)
        for word in ("device: down", "opened 11-20 12:20", "device: up", "rejected", "restored 11-21 10:08")
    ]
    assert found == sorted(found)
    assert "arrived 11-20 14:08:00 代维王工 entered later: 11-20 18:20:00" in text
    assert "entered later" not in plain(part(page(worked, DUE), "history"))


def test_K4_repeats_are_linked_both_ways_within_the_scope(worked: Served) -> None:
    for ticket, other in ((OVER, REPEAT), (REPEAT, OVER)):
        assert f'href="/tickets/{other}"' in part(page(worked, ticket, "vendor:v-1"), "repeats")
    assert "hidden" in page(worked, DUE).partition('id="repeats"')[2][:40]


def test_complaints_stand_on_the_ticket(worked: Served) -> None:
    assert "等了三个小时还没修好" in part(page(worked, LATE), "complaints")


class _Forms(HTMLParser):
    """The events that a page offers."""

    def __init__(self) -> None:
        super().__init__()
        self.events: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note them."""
        given = dict(attrs)
        if given.get("name") == "event":
            self.events.add(str(given.get("value")))


@pytest.mark.parametrize(
    ("role", "ticket", "events"),
    [
        ("viewer", DUE, set()),
        ("vendor:v-1", DUE, {"arrived", "restored", "note"}),
        ("hall:h-01", DUE, {"note"}),
        ("operator", DUE, {"arrived", "restored", "cancelled", "note"}),
        ("operator", OVER, {"verified", "rejected", "reopened", "cancelled", "note"}),
        ("vendor:v-1", OVER, {"note"}),
    ],
)
def test_K2_each_role_is_offered_what_it_may_do_and_what_is_possible(
    worked: Served, role: str, ticket: str, events: set[str]
) -> None:
    forms = _Forms()
    forms.feed(page(worked, ticket, role))
    assert {
        one for one in forms.events if one in (*events, "acknowledged", "arrived", "restored", "verified")
    } == events


def test_a_form_opens_by_its_address(worked: Served) -> None:
    assert 'open name="deed" id="do-restored"' in page(worked, DUE, "vendor:v-1", "?do=restored")
    assert " open name" not in page(worked, DUE, "vendor:v-1")


def test_causes_to_choose_from_are_those_of_the_kind(worked: Served) -> None:
    assert "toner or drum" in page(worked, DUE, "vendor:v-1")
    kiosk = page(worked, UNTIMED, "vendor:v-1")
    assert "card reader" in kiosk
    assert "toner or drum" not in kiosk


def test_staff_confirm_reject_and_cancel_with_a_reason(worked: Served) -> None:
    ticket = opened(worked, "CO-0304")
    client = worked.as_("operator", cookies={"hallwatch_language": "en"})

    def act(event: str, **given: str) -> int:
        return int(client.post(f"/tickets/{ticket}/act", data={"event": event, **given}).status_code)

    assert act("verified") == 409
    assert act("restored", how="repaired") == 303
    assert act("rejected", reason="still jams") == 303
    assert act("cancelled") == 422
    assert act("cancelled", reason="twice") == 303
    text = plain(part(page(worked, ticket), "history"))
    for word in ("restored", "rejected", "still jams", "cancelled", "twice"):
        assert word in text


def test_the_list_has_clocks_and_keeps_its_filters(worked: Served) -> None:
    client = worked.as_("viewer", cookies={"hallwatch_language": "en"})
    text = client.get("/tickets?show=open&purpose=fault&vendor=v-1").text
    listed = re.findall(r'href="/tickets/(T-\d+)"', text)
    assert DUE in listed
    assert not {PREVENTIVE, OTHERS, OVER} & set(listed)
    for word in ("due 11-21 16:03", "overdue 11-21 13:25", "paused", "no clock", "nothing is due"):
        assert word in plain(text)
    assert 'href="/tickets?show=closed&amp;purpose=fault&amp;vendor=v-1"' in text
    only = re.findall(r'href="/tickets/(T-\d+)"', client.get("/tickets?purpose=preventive").text)
    assert only == [PREVENTIVE]


def test_a_vendor_filters_nothing_but_its_own(worked: Served) -> None:
    text = worked.as_("vendor:v-2").get("/tickets?vendor=v-1").text
    assert set(re.findall(r'href="/tickets/(T-\d+)"', text)) == {OTHERS, "T-000002"}


@pytest.mark.parametrize("query", ["?show=maybe", "?purpose=none", "?vendor=" + "x" * 200])
def test_a_filter_that_there_is_none_of_is_refused(worked: Served, query: str) -> None:
    assert worked.as_("viewer").get(f"/tickets{query}").status_code == 422
