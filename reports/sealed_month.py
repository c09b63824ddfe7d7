"""A sealed month's facts out of its papers, to be counted once more otherwise than they were (S6, S9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from reports.difference import difference
from reports.statement import document
from sla.case import Case, Fault
from sla.facts import Counted, MonthFacts
from sla.instant import parse
from sla.owners import OWNERS, Owner
from sla.ticket import Happening
from store import findings as entered
from store.findings import Finding
from store.month_facts import Gathered
from store.tickets import Ticket

VERSION: Final = 1
Document = Mapping[str, Any]


def rebuilt(today: Gathered, paper: Document, sealed: Document) -> Gathered | None:
    """The facts that were sealed, as `Gathered` by the contract as it is now.

    `today` are those of now, `paper` the statement and `sealed` the facts that were sealed. None where they do not make
    every figure of the paper again: the contract is another since, or the papers are of another version.
    """
    if sealed["month"].get("v") != VERSION:
        return None
    found = tuple(_finding(one) for one in sealed["findings"] if one["withdrawn_at"] is None)
    whole = replace(
        today,
        now=parse(paper["known_at"]),
        provisional=paper["provisional"],
        findings=found,
        tickets=tuple(_row(n, one) for n, one in enumerate(sealed["tickets"], 1)),
        facts=MonthFacts(
            month=today.month,
            cases=tuple(_cases(today, sealed)),
            devices_in_service=paper["devices_in_service"],
            missed_patrols=entered.things(found, "missed_patrol"),
            spares_not_ready=entered.things(found, "spare_not_ready"),
            satisfaction=entered.survey(found),
            availability=_time(today, paper),
        ),
    )
    return whole if difference(paper, document(whole)) is None else None


def _cases(today: Gathered, sealed: Document) -> Iterator[Case]:
    """What monitoring contradicts, and when it saw a fault first, is judged as it is now (K6, R2)."""
    devices = {one["id"]: one for one in sealed["devices"]}
    known = {case.id: case for case in today.facts.cases}
    for one in sealed["tickets"]:
        device, now = devices[one["device"]], known.get(one["id"])
        its = [row for row in sealed["outages"] if row["ticket"] == one["id"]]
        yield Case(
            id=one["id"],
            device=one["device"],
            kind=device["kind"],
            hall=device["hall"],
            events=[Happening(said["event"], said["at"], said["by"], said["detail"]) for said in one["events"]],
            outages=[Fault(row["start"], row["until"]) for row in sorted(its, key=_start)],
            down_seen=now.down_seen if now else (),
            notified_at=one["notified"]["at"] if one["notified"] else None,
            detected_at=now.detected_at if now else None,
            owner=_owner(its),
            has_vendor=one["vendor"] is not None,
            repeat_of=one["repeat_of"],
        )


def _start(row: Document) -> int:
    return int(row["start"])


def _owner(its: list[Document]) -> Owner:
    """C1, as `store.cases` has it."""
    owners = [row["owner"] for row in sorted(its, key=_start)]
    whose = "vendor" if "vendor" in owners else owners[0] if owners else "undetermined"
    return next(one for one in OWNERS if one == whose)


def _row(n: int, one: Document) -> Ticket:
    names = ("vendor", "source", "symptom", "external_id", "opened_at", "repeat_of")
    return Ticket(n=n, id=one["id"], device=0, state="", closed_at=None, **{name: one[name] for name in names})


def _finding(one: Document) -> Finding:
    names = ("kind", "thing", "total", "reason", "author", "recorded_at")
    said = {name: one[name] for name in names}
    return Finding(n=int(one["id"].removeprefix("F-")), contract="", month="", answers=one["count"], **said)


def _time(today: Gathered, paper: Document) -> Counted | None:
    """What the paper says was counted; without such a line what is counted now."""
    line = next((one for one in paper["lines"] if one["term"] == "availability"), None)
    if line is None:
        return today.facts.availability
    good, bad = [int(Fraction(one["amount"])) for one in line["evidence"]] or (0, 0)
    return Counted(good, bad, bool(line["evidence"]))
