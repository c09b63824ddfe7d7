"""What the rules that made a report's figures say, each in one sentence, for who reads it on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from reports.availability import N_
from reports.book import Column, Table, Translate

RULES: Final[Mapping[str, str]] = {
    "T1": N_("Instants are kept in UTC; days and months are those of the zone named."),
    "T2": N_("Where things happen at the same instant, their order is fixed."),
    "T3": N_("Calendars have weekly hours and dated exceptions; holidays not known yet make a figure provisional."),
    "O3": N_("An outage begins with the first of two or more observations that find the device down in a row."),
    "O5": N_("A device behind one that is down is unreachable, not down."),
    "O6": N_("Where nothing was heard for more than three intervals, the time is not seen."),
    "O10": N_("A device that was switched off outside the hall's hours is no fault."),
    "C1": N_("Bad time has a cause and an owner."),
    "C5": N_("Plain silence counts as the vendor's where the device has one, until another cause is found."),
    "A1": N_("Each second of a device has one class: the first that applies."),
    "A2": N_("A profile says which classes count as good, as bad, or not at all."),
    "A3": N_("Availability is good time of good and bad time; it is not told where too little was seen."),
    "A4": N_("Totals add seconds, never percentages."),
    "A5": N_("An outage that is still open counts up to the end of the period, or up to now."),
    "A6": N_("An outage is counted once, in the period of its first bad second."),
    "A7": N_("Intact rate: by time, or by the devices intact at an inspection."),
    "K1": N_("Faults come from calls, from monitoring, from patrols and from vendors; every fault is phoned in."),
    "K3": N_("One fault, one ticket: a further report joins the open one."),
    "K4": N_("A repeat is the same fault of a device within the agreed days after its repair."),
    "K5": N_("Calls are set against what monitoring saw, by hall and month."),
    "K6": N_("A repair is the vendor's word until the device is seen to work or staff confirms it."),
    "R1": N_("The contract sets the time to repair, by kind of device, in its repair hours."),
    "R2": N_("The repair clock starts with the call, unless the contract says otherwise."),
    "R3": N_("Travel that the contract allows is taken off, from the start."),
    "R4": N_("A pause counts only for a reason that the contract lists, with an approver."),
    "R5": N_("Repair time is open time without pauses and travel; beyond the target it is late."),
    "R7": N_("Each ticket's time is told in slices that leave no second out."),
    "S1": N_("A month starts with 100 points; what goes beyond a term's allowance costs points, up to its cap."),
    "S2": N_("What each term measures, and in which unit."),
    "S3": N_("Terms of one group do not charge a ticket twice."),
    "S4": N_("Each deduction names its term, its arithmetic and what stands behind it."),
    "S5": N_("The vendor may dispute a line; points are given back by a counter-entry that a second person approves."),
    "S6": N_("A month is draft, then published, then sealed for good; what comes later is an amendment."),
    "S7": N_("How the score becomes the payment is as the contract says."),
    "S8": N_("The dossier puts the statements before a renewal on one page."),
    "S9": N_("What if: past months by other terms; nothing of them changes."),
    "P5": N_("Scorecard: an item scores while a branch is not too far below all halls."),
}


def rules_table(rules: Iterable[str], translate: Translate) -> Table:
    """The rules by these ids, one a row."""
    columns = Column("rule", translate(N_("Rule"))), Column("says", translate(N_("What it says")))
    rows = tuple((one, translate(RULES[one]) if one in RULES else None) for one in rules)
    return Table("rules", translate(N_("The rules behind the figures")), columns, rows)
