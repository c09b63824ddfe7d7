"""R1, R2: when a clock starts, and whose contract decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from sla.case import DETECTED, Case, reports
from sla.contract import Start
from sla.start import deciding, start_of
from tests.sla.histories import examples
from tests.sla.lives import at, case, cases, contract, did, phoned

FOUND = did("opened", "09:05", source="detected")
CALLED = did("note", "09:30", source="phone", reported=True, reported_at=at("09:20"))


@pytest.mark.parametrize(
    ("ticket", "begin", "start"),
    [
        (case(phoned("09:00")), "phone", "09:00"),
        (case(FOUND), "phone", None),
        (case(FOUND, CALLED), "phone", "09:20"),
        (case(FOUND, did("note", "09:10", source="detected", reported=True)), "phone", None),
        (case(FOUND, did("note", "09:10", source="phone")), "phone", None),  # a note of a call about something else
        (case(FOUND, did("restored", "09:40"), did("reopened", "09:50", source="patrol")), "phone", "09:50"),
        (case(phoned("09:00"), CALLED), "phone", "09:00"),
        (case(phoned("09:00", reported_at=at("08:00"))), "phone", "08:00"),
        (case(FOUND, notified_at=at("09:07")), "notified", "09:07"),
        (case(FOUND, CALLED, notified_at=at("09:07")), "notified", "09:07"),
        (case(FOUND, CALLED, notified_at=at("09:21")), "notified", "09:20"),
        (case(phoned("09:00")), "notified", "09:00"),
        (case(FOUND), "notified", None),
        (case(FOUND, CALLED, detected_at=at("09:00")), "detected", "09:00"),
        (case(phoned("09:00"), detected_at=at("09:10")), "detected", "09:10"),
        (case(phoned("09:00"), CALLED), "detected", "09:00"),
        (case(FOUND), "detected", None),
    ],
)
def test_R2_the_clock_starts_as_the_contract_says(ticket: Case, begin: Start, start: str | None) -> None:
    assert start_of(ticket, begin) == (None if start is None else at(start))


def test_K7_an_outage_that_was_over_when_it_became_known_has_no_clock_but_by_a_call() -> None:
    late = case(did("opened", "09:05", source="detected", late=True), did("restored", "09:30"), detected_at=at("09:00"))
    assert start_of(late, "detected") is None
    assert start_of(replace(late, events=[*late.events, CALLED]), "detected") == at("09:20")


def test_R1_the_contract_that_covers_the_start_decides() -> None:
    border = at("09:10")
    old = replace(contract(), id="old", until=border)
    new = replace(contract(begin="notified"), id="new", start=border)
    for ticket, id_ in (
        (case(phoned("09:05")), "old"),
        (case(phoned("09:10")), "new"),
        (case(FOUND, notified_at=at("09:15")), "new"),
    ):
        found = deciding(ticket, [old, new])
        assert found is not None
        assert found.id == id_
    mine = replace(old, kinds=frozenset({"printer"}), halls=frozenset({"h-1"}))
    others = [replace(mine, kinds=frozenset({"pc"})), replace(mine, halls=frozenset({"h-2"}))]
    assert deciding(case(phoned("09:05")), [*others, mine]) is mine
    assert deciding(case(FOUND), [old, new]) is None
    assert deciding(case(phoned("09:05")), [new]) is None


@examples
@given(cases())
def test_R2_by_phone_it_is_the_first_report_by_people(ticket: Case) -> None:
    told = [one.at for one in reports(ticket) if one.source != DETECTED]
    assert start_of(ticket, "phone") == (told[0] if told else None)
