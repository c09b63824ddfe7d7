"""Taking rows in: each new, joined to a ticket that is there, known, corrected, or refused with the reason (K1-K3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Engine

from alerts.imports.correcting import BY_THEM, Otherwise, Step, steps
from alerts.imports.fault import Faults
from alerts.imports.outcome import HOWS, How, Manner, Outcome, Progress, Taken
from alerts.imports.rows import COMPLAINT, Row, digest_of
from alerts.settings import N_
from alerts.tickets import Happening, ImpossibleOrder, New, change, report
from sla.instant import Ms
from store import complaints, imported
from store import tickets as rows
from store.city import City, Device
from store.database import reading, writing
from store.imported import Imported

AT_ONCE: Final = 50
NOT_IN_SERVICE: Final = "not_in_service"
ANOTHERS: Final = N_("the external id belongs to a ticket of another device")
REPLACED: Final = N_("corrected in the other system; another ticket takes its place")


class _Back(Exception):
    """Undo the transaction: a dry run."""


def take(  # what, from where, how, and whom to tell
    engine: Engine,
    city: City,
    found: Sequence[Row],
    manner: Manner,
    now: Ms,
    faults: Faults,
    total: int,
    progress: Progress = lambda _done, _all: None,
) -> Outcome:
    """Take checked rows; what cannot be adds to `faults`. Of a file with faults nothing is taken, unless `skip_bad`.

    What can be refused is found before anything is written. A device's rows follow one another, and about `AT_ONCE` of
    them are a transaction, so that others may write between: a run that breaks off is done again and goes on. A dry run
    does all, and undoes it. `total` is how many rows the file has, the refused ones too.
    """
    outcome = Outcome(total)
    taking = _Taking(city, manner, now, faults, outcome)
    with reading(engine) as conn:
        good = taking.good(conn, found)
    dry = manner.dry_run or bool(faults.errors and not manner.skip_bad)
    done = 0
    for part in _parts(good):
        with suppress(_Back), writing(engine) as conn:
            taking.some(conn, part)
            if dry:
                raise _Back
        done += len(part)
        progress(done, len(good))
    outcome.taken = not dry
    outcome.counts["refused"] = total - sum(outcome.counts[name] for name in HOWS if name != "refused")
    return outcome


def _parts(found: Sequence[Row]) -> Iterator[list[Row]]:
    """Whole devices: rows meet at devices only, so that each part undone tells what it would have become."""
    part: list[Row] = []
    for _, group in groupby(sorted(found, key=lambda one: (one.device, one.at["opened"], one.line)), _device):
        part += group
        if len(part) >= AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _device(row: Row) -> str:
    return row.device


@dataclass(frozen=True, slots=True)
class _Taking:
    city: City
    manner: Manner
    now: Ms
    faults: Faults
    outcome: Outcome

    def good(self, conn: Connection, found: Sequence[Row]) -> list[Row]:
        """Those that can be taken by what is known now; the others are refused, nothing is written."""
        known = imported.known(conn, [one.external_id for one in found])
        return [row for row in found if self._can(conn, row, known.get(row.external_id))]

    def _can(self, conn: Connection, row: Row, before: Imported | None) -> bool:
        document = row.document()
        if before is not None and (before.digest == digest_of(document) or not before.ticket):
            return True
        try:
            if before is None:
                self._check_new(conn, row)
            else:
                self._check_corrected(conn, row, before.document, rows.known(conn, before.ticket))
        except ImpossibleOrder as refused:
            self._refuse(row, refused.reason)
            return False
        return True

    def _check_new(self, conn: Connection, row: Row) -> None:
        found = rows.by_external_id(conn, row.external_id) if row.source != COMPLAINT else None
        if found is not None and found.device != self.city.devices[row.device].n:
            raise ImpossibleOrder("opened", "none", ANOTHERS)

    def _check_corrected(self, conn: Connection, row: Row, before: Mapping[str, Any], ticket: rows.Ticket) -> None:
        if self._alone_in(conn, ticket, row):
            return
        try:
            steps(before, row.document(), ticket.opened_at, True)
        except Otherwise as fault:
            reason = N_("only another ticket could say so, and others had part in this one; correct it here")
            raise ImpossibleOrder("note", "none", reason) from fault

    def some(self, conn: Connection, part: Sequence[Row]) -> None:
        """Some rows in one transaction."""
        known = imported.known(conn, [one.external_id for one in part])
        for row in part:
            self._alone(conn, row, known.get(row.external_id))

    def _alone(self, conn: Connection, row: Row, before: Imported | None) -> None:
        document = row.document()
        digest = digest_of(document)
        if before is not None and before.digest == digest:
            self.outcome.add(Taken(row.line, row.external_id, "known", before.ticket))
            return
        try:
            with conn.begin_nested():
                how, ticket = self._one(conn, row, document, before)
                first = self.now if before is None else before.first_at
                imported.put(conn, Imported(row.external_id, digest, document, ticket, first, self.now))
        except ImpossibleOrder as refused:
            self._refuse(row, refused.reason)
        else:
            self.outcome.add(Taken(row.line, row.external_id, how, ticket))

    def _refuse(self, row: Row, reason: str) -> None:
        self.faults.add(row.line, "", reason)
        self.outcome.add(Taken(row.line, row.external_id, "refused", ""))

    def _one(self, conn: Connection, row: Row, document: Mapping[str, Any], before: Imported | None) -> tuple[How, str]:
        device = self.city.devices[row.device]
        if row.source == COMPLAINT:
            self._complain(conn, row, device, before.ticket if before else "")
            return ("new" if before is None else "corrected"), before.ticket if before else ""
        if before is None or not before.ticket:
            how, ticket = self._first(conn, row, device)
        else:
            how, ticket = "corrected", self._correct(conn, row, document, before, device)
        if row.complaint:
            self._complain(conn, row, device, ticket)
        return how, ticket

    def _complain(self, conn: Connection, row: Row, device: Device, ticket: str) -> None:
        open_one = None if ticket else rows.open_ticket(conn, device.n)
        about = ticket or (open_one.id if open_one else None)
        at = row.complained if row.complained is not None else row.at["opened"]
        new = complaints.New(
            device.hall, device.n, about, "late_repair", row.complaint, at, self.manner.by, row.external_id
        )
        complaints.record(conn, new, self.now)

    def _marks(self, row: Row, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """By these whoever is told of it knows where it came from."""
        return {**(more or {}), "imported": True, "system": self.manner.system, "external_id": row.external_id}

    def _first(self, conn: Connection, row: Row, device: Device) -> tuple[How, str]:
        """A row that has not come before; what is over already is told to nobody (K7)."""
        late = {"late": True} if row.over_at is not None else {}
        detail = self._marks(row, late | _flag(device, row.at["opened"]))
        new = New(device.n, row.source, row.symptom, device.vendor, row.external_id, detail=detail)
        then = [Step(name, at, late | _said(row, name)) for name, at in row.happenings() if name != "opened"]
        ours = [self._happening(row, step) for step in then]
        by, gap = self.manner.by, self.manner.merge_gap_ms
        found = report(conn, new, row.at["opened"], by, self.now, gap, row.over_at, ours)
        if found.ticket.device != device.n:
            raise ImpossibleOrder("opened", "none", ANOTHERS)
        if found.how != "new":
            for step in then:
                self._append_or_note(conn, found.ticket.id, row, step)
        return ("new" if found.how == "new" else "joined"), found.ticket.id

    def _happening(self, row: Row, step: Step) -> Happening:
        return Happening(step.event, step.at, self.manner.by, self._marks(row, step.detail))

    def _append(self, conn: Connection, ticket: str, row: Row, step: Step) -> None:
        change(conn, ticket, self._happening(row, step), self.now)

    def _append_or_note(self, conn: Connection, ticket: str, row: Row, step: Step) -> None:
        """To a ticket that others write too: what has happened to it already, or cannot follow, is kept as a remark.

        So is a cancellation: the others' fault is none of that system's.
        """
        reason = row.reason or BY_THEM
        if step.event != "cancelled":
            try:
                with conn.begin_nested():
                    return self._append(conn, ticket, row, step)
            except ImpossibleOrder as refused:
                reason = refused.reason
            if self._lasted(conn, ticket, row, step):
                return None
        told = {"said": step.event, "said_at": step.at, **_without_late(step.detail), "reason": reason}
        at = max(step.at, rows.known(conn, ticket).opened_at)
        return self._append(conn, ticket, row, Step("note", at, told))

    def _lasted(self, conn: Connection, ticket: str, row: Row, step: Step) -> bool:
        """A restoration that another row says came earlier: it was none, if this one's fault lasted on."""
        found = rows.known(conn, ticket)
        last = [one for one in rows.events(conn, found.n) if one.event == "restored"][-1:]
        if step.event != "restored" or found.state != "restored" or not last or not last[0].detail.get("imported"):
            return False
        if not last[0].at < step.at:
            return False
        self._append(
            conn, ticket, row, Step("rejected", last[0].at, {"reason": N_("the fault lasted on"), "late": True})
        )
        self._append(conn, ticket, row, step)
        return True

    def _correct(
        self, conn: Connection, row: Row, document: Mapping[str, Any], before: Imported, device: Device
    ) -> str:
        """Append what makes the ticket say what the row says now, else let another take its place."""
        ticket = rows.known(conn, before.ticket)
        alone = self._alone_in(conn, ticket, row)
        append = self._append if alone else self._append_or_note
        seen = imported.has_outages(conn, ticket.id)
        try:
            with conn.begin_nested():
                for step in steps(before.document, document, ticket.opened_at, seen):
                    if step.event != "rejected" or self._stands(conn, ticket, row):
                        append(conn, ticket.id, row, step)
        except (Otherwise, ImpossibleOrder):
            self._check_corrected(conn, row, before.document, ticket)
            return self._replace(conn, ticket, row, device)
        return ticket.id

    def _stands(self, conn: Connection, ticket: rows.Ticket, row: Row) -> bool:
        """Whether the ticket is closed by this row's word, that nobody has verified: only that is taken back."""
        found = rows.known(conn, ticket.id)
        if found.state != "restored":
            return False
        claims = [one for one in rows.events(conn, ticket.n) if one.event == "restored" and one.at == found.closed_at]
        return any(one.detail.get("external_id") == row.external_id for one in claims)

    def _alone_in(self, conn: Connection, ticket: rows.Ticket, row: Row) -> bool:
        """Whether the ticket is of this row only: neither monitoring nor a person nor another row had part in it."""
        events = rows.events(conn, ticket.n)
        mine = all(one.detail.get("imported") and one.detail.get("external_id") == row.external_id for one in events)
        return mine and not imported.has_outages(conn, ticket.id)

    def _replace(self, conn: Connection, ticket: rows.Ticket, row: Row, device: Device) -> str:
        if ticket.state != "cancelled":
            last = rows.events(conn, ticket.n)[-1].at
            self._append(conn, ticket.id, row, Step("cancelled", last, {"reason": REPLACED}))
        imported.let_go(conn, ticket.id)
        return self._first(conn, row, device)[1]


def _said(row: Row, event: str) -> dict[str, Any]:
    if event == "restored":
        return {name: getattr(row, name) for name in ("how", "cause") if getattr(row, name)}
    return {"reason": row.reason or BY_THEM} if event == "cancelled" else {}


def _without_late(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name not in ("late", "reason")}


def _flag(device: Device, at: Ms) -> dict[str, str]:
    """K2: a report on a device that is not in service is accepted and flagged."""
    ends = [one for one in (device.retired, device.gone_at) if one is not None]
    served = (device.commissioned is None or device.commissioned <= at) and all(at < end for end in ends)
    return {} if served else {"flag": NOT_IN_SERVICE}
