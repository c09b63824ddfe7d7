"""K5: what was phoned in against what monitoring saw, by examples made by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from sla.case import Case
from sla.case import Fault as Outage
from sla.instant import DAY, HOUR, MINUTE
from sla.interval import Interval
from sla.reconciliation import (
    CLASSES,
    Complaint,
    Counted,
    Fault,
    Hours,
    Sorted,
    classify,
    counted,
    fault_of,
    still_down,
    without_call,
)
from sla.ticket import Happening
from tests.sla.lives import CLOSED, at, case, did, phoned
from tests.sla.lives import hours as clock

HALL = Hours(clock("08:30-18:00"))
NOW = at("19:00")


def fault(phone: str | None, seen: str | None, *, down: bool = False, until: str | None = "12:00") -> Fault:
    times = [at(one) for one in (phone, seen) if one is not None]
    return Fault("T-1", "P-1", "h-1", min(times), _at(until), _at(phone), _at(seen), down)


def _at(text: str | None) -> int | None:
    return None if text is None else at(text)


def detected(when: str) -> Happening:
    return Happening("opened", at(when), "hallwatch", {"source": "detected"})


def joined(when: str, source: str, **detail: int) -> Happening:
    return Happening("note", at(when), "desk", {"source": source, "reported": True, **detail})


def made(*events: Happening, outages: tuple[tuple[str, str], ...] = (), until: str | None = "12:00") -> Fault | None:
    spans = [Interval(at(start), at(end)) for start, end in outages]
    return fault_of(case(*events), spans, _at(until), HALL, NOW)


@pytest.mark.parametrize(
    ("found", "classes", "lead"),
    [
        (fault("10:00", None), ("phone_only",), None),
        (fault(None, "10:00"), ("detected_only",), None),
        (fault("10:10", "10:00"), ("matched",), 10 * MINUTE),
        (fault("10:30", "10:00"), ("matched",), 30 * MINUTE),  # half an hour is not late
        (fault("10:30:01", "10:00"), ("matched", "phoned_late"), 30 * MINUTE + 1000),
        (fault("10:00", "10:00"), ("matched",), None),  # nobody was first
        (fault("09:59", "10:00"), ("matched",), None),
        (fault("08:40", "03:00"), ("matched",), 10 * MINUTE),  # closed hours count for neither
        (fault("09:15", "03:00"), ("matched",), 45 * MINUTE),  # due at 08:45, after the grace
        (fault("09:15:01", "03:00"), ("matched", "phoned_late"), 45 * MINUTE + 1000),
        (fault("10:00", None, down=True), ("phone_only", "restored_but_still_down"), None),
        (
            fault("12:00", "10:00", down=True),
            ("matched", "phoned_late", "restored_but_still_down"),
            2 * HOUR,
        ),
    ],
)
def test_K5_every_fault_has_its_classes(found: Fault, classes: tuple[str, ...], lead: int | None) -> None:
    assert classify(found, HALL) == Sorted(found, classes, lead)  # type: ignore[arg-type]


def test_K5_where_the_hall_never_opens_nobody_calls_late() -> None:
    found = classify(fault("12:00", "10:00"), Hours(CLOSED))
    assert (found.classes, found.lead_ms) == (("matched",), 0)


def test_K5_the_first_call_and_the_first_thing_seen_count() -> None:
    found = made(
        detected("10:05"),
        joined("10:40", "phone"),
        joined("10:20", "patrol"),
        outages=(("10:00", "10:30"), ("11:00", "11:10")),
    )
    assert found == fault("10:20", "10:00")._replace(at=at("10:05"))
    early = made(detected("10:05"), joined("10:06", "phone", reported_at=at("09:58")), outages=(("10:00", "10:30"),))
    assert early == fault("09:58", "10:00")


@pytest.mark.parametrize(
    ("outages", "seen"),
    [
        ((), None),
        ((("09:30", "09:45"),), "09:30"),  # over when the hall phoned, a quarter of an hour before
        ((("09:30", "09:44:59"),), None),
        ((("12:00", "13:00"),), "12:00"),
        ((("12:00:01", "13:00"),), None),
        ((("03:00", "08:40"), ("09:50", "09:55")), "09:50"),  # off over night
    ],
)
def test_K5_an_outage_counts_that_lasted_in_the_time_of_the_ticket(
    outages: tuple[tuple[str, str], ...], seen: str | None
) -> None:
    found = made(phoned("10:00"), outages=outages)
    assert found is not None
    assert found.seen_at == _at(seen)


def test_O10_what_is_off_over_night_is_seen_only_if_it_outlasts_the_grace() -> None:
    for until, seen in (("08:45", None), ("08:45:01", at("03:00"))):
        found = made(phoned("08:50"), outages=(("03:00", until),))
        assert found is not None
        assert found.seen_at == seen
    never = fault_of(case(phoned("10:00")), [Interval(at("09:00"), at("11:00"))], None, Hours(CLOSED), NOW)
    assert never is not None
    assert never.seen_at is None


def test_K5_an_open_ticket_is_compared_with_what_is_known_now() -> None:
    found = made(phoned("10:00"), outages=(("18:30", "19:00"),), until=None)
    assert found is not None
    assert found.seen_at is None  # closed
    found = made(phoned("10:00"), outages=(("17:30", "19:00"),), until=None)
    assert found == fault("10:00", "17:30", until=None)._replace(at=at("10:00"))


def test_K5_what_monitoring_alone_reported_was_seen_though_its_outage_is_gone() -> None:
    assert made(detected("10:05")) == fault(None, "10:05")
    assert made(phoned("19:01")) is None
    assert made(phoned("19:00")) is not None


def test_K5_said_to_be_repaired_and_seen_down_after_that() -> None:
    def claimed(*events: Happening, outage: tuple[str, str | None] = ("09:00", "12:00"), seen: str = "11:30") -> bool:
        faults = [Outage(at(outage[0]), _at(outage[1]))]
        return still_down(case(phoned("09:00"), *events, outages=faults, down_seen=[at(seen)]), NOW)

    claim = did("restored", "11:00")
    assert claimed(claim)
    assert claimed(claim, seen="11:00")
    assert claimed(claim, outage=("09:00", None))
    assert not claimed()
    assert not claimed(claim, seen="10:59")
    assert not claimed(claim, seen="12:00")
    assert not claimed(claim, seen="19:01", outage=("09:00", None))
    assert claimed(claim, seen="19:00", outage=("09:00", None))
    assert not claimed(claim, outage=("11:00", "12:00"))  # another fault
    assert not claimed(did("restored", "11:00", detected=True))  # the device's own recovery
    assert claimed(did("restored", "11:00", detected=True), did("reopened", "11:01"), did("restored", "11:20"))
    quiet = replace(case(phoned("09:00"), claim, outages=[Outage(at("09:00"), None)]), down_seen=[])
    assert not still_down(quiet, NOW)
    (found,) = [fault_of(replace(quiet, down_seen=[at("11:30")]), [], None, HALL, NOW)]
    assert found is not None
    assert found.still_down


def test_K5_a_complaint_about_a_repair_that_nobody_phoned_in() -> None:
    phone, seen = fault("10:00", None), fault(None, "10:00")
    late = Complaint("B-1", "h-1", at("11:00"))
    assert not without_call(late, [phone])
    assert without_call(late, [seen])
    assert without_call(late, [])
    assert without_call(late._replace(hall="h-2"), [phone])
    assert not without_call(late._replace(device="P-1"), [phone])
    assert not without_call(late._replace(device="P-1", hall="h-2"), [phone])
    assert without_call(late._replace(device="P-2"), [phone])
    assert not without_call(late._replace(device="P-2", ticket="T-1"), [phone])
    assert without_call(late._replace(ticket="T-1"), [seen])


def test_K5_a_complaint_comes_after_the_beginning_and_not_long_after_the_end() -> None:
    phone, late = fault("10:00", None), Complaint("B-1", "h-1", at("10:00"), "P-1")
    assert not without_call(late, [phone])
    assert without_call(late._replace(at=at("10:00") - 1), [phone])
    assert not without_call(late._replace(at=at("12:00") + 7 * DAY), [phone])
    assert without_call(late._replace(at=at("12:00") + 7 * DAY + 1), [phone])
    assert not without_call(late._replace(at=at("12:00") + 70 * DAY), [phone._replace(until=None)])


def test_K5_the_month_is_counted_and_the_score_is_the_share_that_monitoring_saw_first() -> None:
    faults = [
        fault("10:00", None),
        fault(None, "10:00"),
        fault("10:10", "10:00"),
        fault("11:00", "10:00"),
        fault("10:00", "10:05", down=True),
    ]
    found = counted([classify(one, HALL) for one in faults], 3, 2)
    numbers = dict(zip(CLASSES, (3, 1, 1, 1, 1, 2), strict=True))
    assert found == Counted(5, 3, numbers, 4, 2, Fraction(35 * MINUTE))
    assert found.share == Fraction(1, 2)


def test_K5_nothing_phoned_has_no_score() -> None:
    found = counted([], 0, 0)
    assert (found.faults, found.share, found.median_lead_ms) == (0, None, None)
    assert counted([classify(fault(None, "10:00"), HALL)], 0, 0).share is None


@pytest.mark.parametrize(
    ("leads", "median"),
    [((5,), 5), ((3, 1, 2), 2), ((1, 4), Fraction(5, 2)), ((9, 1, 4, 2), 3), ((1, 2, 3, 4, 50, 60, 70), 4)],
)
def test_K5_the_median_is_exact(leads: tuple[int, ...], median: Fraction) -> None:
    some = [Sorted(fault("10:10", "10:00"), ("matched",), one) for one in leads]
    assert counted(some, 0, 0).median_lead_ms == median


def test_a_case_without_reports_is_none() -> None:
    assert fault_of(Case("T", "P", "printer", "h", ()), [], None, HALL, NOW) is None
