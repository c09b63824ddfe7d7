"""K4: the same fault again within thirty days after its restoration is a repeat, whatever the sources."""

from __future__ import annotations

import pytest

from alerts.causes import GROUPS, group_of
from alerts.repeats import REPEAT_WINDOW_MS, adopt, chain, window
from alerts.tickets import Happening, New, change, report
from sla.instant import DAY
from store.database import reading
from tests.alerts.site import HOUR, MINUTE, T0, Site

LATER = T0 + 400 * DAY


def fault(site: Site, start_d: float, symptom: str = "卡纸", device: str = "P-1", cause: str = "", **more: str) -> str:
    """One that is reported so many days after T0 and restored an hour later; entered much later."""
    at = T0 + round(start_d * DAY)
    with site.write() as conn:
        new = New(site.numbers[device], more.get("source", "phone"), symptom, "v-1")
        ticket = report(conn, new, at, "desk", LATER).ticket
        found = {"cause": cause} if cause else {}
        change(conn, ticket.id, Happening("restored", at + HOUR, "v-1", found), LATER)
        return ticket.id


def repeats(site: Site) -> dict[str, str | None]:
    return {one.id: one.repeat_of for one in sorted(site.tickets())}


def test_K4_the_same_fault_within_thirty_days_is_a_repeat(site: Site) -> None:
    first, second = fault(site, 0), fault(site, 29)
    assert repeats(site) == {first: None, second: first}


@pytest.mark.parametrize(("late_ms", "is_one"), [(0, True), (1, False)])
def test_K4_the_window_is_inclusive_and_begins_with_the_restoration(site: Site, late_ms: int, is_one: bool) -> None:
    first = fault(site, 0)
    second = fault(site, (HOUR + REPEAT_WINDOW_MS + late_ms) / DAY)
    assert repeats(site)[second] == (first if is_one else None)


@pytest.mark.parametrize(
    ("source", "symptom"), [("import", "noPaper"), ("patrol", "paper jam"), ("detected", "jammed")]
)
def test_K4_whatever_the_sources(site: Site, source: str, symptom: str) -> None:
    first, second = fault(site, 0), fault(site, 3, symptom, source=source)
    assert repeats(site)[second] == first


def test_K4_another_cause_or_another_device_is_no_repeat(site: Site) -> None:
    fault(site, 0)
    others = [fault(site, 1, "蓝屏"), fault(site, 2, device="P-2")]
    assert [repeats(site)[one] for one in others] == [None, None]


def test_K4_what_was_found_counts_before_what_was_said(site: Site) -> None:
    first = fault(site, 0, "不动了", cause="noToner")
    said, found = fault(site, 1, "卡纸"), fault(site, 2, "卡纸", cause="换碳粉")
    assert repeats(site) == {first: None, said: None, found: first}


def test_K4_the_later_of_two_earlier_ones_is_repeated_and_chains_are_counted(site: Site) -> None:
    ids = [fault(site, day) for day in (0, 20, 40, 100)]
    assert list(repeats(site).values()) == [None, ids[0], ids[1], None]
    with reading(site.engine) as conn:
        assert [len(chain(conn, one)) for one in ids] == [1, 2, 3, 1]
        assert chain(conn, ids[2]) == ids[:3]


def test_K4_what_is_entered_late_is_linked_by_its_true_time(site: Site) -> None:
    third, first, second = fault(site, 20), fault(site, 0), fault(site, 10)
    assert repeats(site) == {third: second, first: None, second: first}


def test_K4_a_cancelled_ticket_neither_repeats_nor_is_repeated(site: Site) -> None:
    first, second, third = (fault(site, day) for day in (0, 10, 20))
    with site.write() as conn:
        change(conn, second, Happening("cancelled", LATER, "desk", {"reason": "a mistake"}), LATER)
    assert repeats(site) == {first: None, second: None, third: first}


def test_K4_an_open_ticket_repeats_and_is_not_repeated(site: Site) -> None:
    first = fault(site, 0)
    with site.write() as conn:
        new = New(site.numbers["P-1"], "phone", "又卡纸", "v-1")
        second = report(conn, new, T0 + 2 * DAY, "desk", LATER).ticket
    assert second.repeat_of == first


def test_K4_preventive_work_takes_no_part(site: Site) -> None:
    fault(site, 0, "noToner")
    with site.write() as conn:
        new = New(site.numbers["P-1"], "detected", "lowToner", "v-1", condition="lowToner")
        opened = change(conn, new, Happening("opened", T0 + DAY, "hallwatch", {}), LATER)
    assert (opened.purpose, opened.repeat_of) == ("preventive", None)
    with site.write() as conn:
        change(conn, opened.id, Happening("restored", T0 + DAY + MINUTE, "v-1"), LATER)
    again = fault(site, 2, "noToner")
    assert repeats(site)[again] == "T-000001"


def test_T5_another_window_links_anew(site: Site) -> None:
    first, second = fault(site, 0), fault(site, 10)
    with site.write() as conn:
        assert not adopt(conn, REPEAT_WINDOW_MS)
        assert adopt(conn, 5 * DAY)
        assert window(conn) == 5 * DAY
    assert repeats(site)[second] is None
    with site.write() as conn:
        assert adopt(conn, REPEAT_WINDOW_MS)
    assert repeats(site)[second] == first


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("jammed", "paper"),
        ("打印机卡纸了", "paper"),
        ("Toner empty", "print"),
        ("打印不清楚", "print"),
        ("断网", "network"),
        ("does not switch on", "power"),
        ("死机", "software"),
        ("屏幕不亮", "hardware"),
        ("silence", "other"),
        ("没反应", "other"),
        ("", "other"),
    ],
)
def test_a_cause_has_one_group(text: str, group: str) -> None:
    assert group_of(text) == group


def test_no_code_is_in_two_groups() -> None:
    codes = [code for one in GROUPS for code in one.codes]
    assert len(codes) == len(set(codes))
