"""Where a statement stands, and how it is told: published, disputed, answered, sealed, amended (S5, S6, S7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection

from sla.instant import Ms, parse, render
from sla.publication import (
    FULL,
    Counter,
    Dispute,
    Entry,
    Publication,
    derive,
    payment_after,
    percent_after,
    score_after,
)
from sla.ticket import N_
from sla.words import points, shown
from store import papers, seals, statement_events
from store.papers import BadPaper
from store.seals import Head, Seal
from store.statement_events import Kept

DEEDS: Final = ("published_at", "dispute_until", "publications", "disputes", "counter_entries")
"""What people did with a statement."""
FROZEN: Final = ("score", "payment", "score_before", "payment_before", "settlement", *DEEDS)
"""What a seal holds beside its papers."""
_BELOW: Final = N_(
    "100 - ({deductions} - {given}) is below 0, so the score is {score}; {given} is given back by counter-entries"
)
_AFTER: Final = N_("100 - ({deductions} - {given}) = {score}, where {given} is given back by counter-entries")
_PAID: Final = N_("{fee} x {percent} / 100 = {payment}, half up to 0.01")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a statement stands at `now` (ms).

    `document` is the statement as it was published last, or sealed; None while it is a draft. `seals`: its seal, then
    its amendments. `head` is the end of the chain of all.
    """

    contract: str
    month: str
    now: Ms
    publication: Publication
    entries: tuple[Entry, ...] = ()
    seals: tuple[Seal, ...] = ()
    files: tuple[Kept, ...] = ()
    head: Head | None = None
    document: Mapping[str, Any] | None = None

    @property
    def state(self) -> str:
        """draft, published, disputed, answered or sealed."""
        return self.publication.state

    @property
    def may_dispute(self) -> bool:
        """Whether its vendor may dispute a line now."""
        until = self.publication.until
        return self.state != "sealed" and until is not None and self.now < until

    @property
    def counters(self) -> tuple[Counter, ...]:
        """The counter-entries that the seal holds, whatever became of what it was made from; else those of now."""
        if not self.seals:
            return self.publication.counters
        return tuple(_counter(one) for one in self.seals[0].detail["counter_entries"])


def publication(conn: Connection, contract: str, month: str) -> Publication:
    """Where a statement stands, without its papers."""
    sealed = bool(seals.of_month(conn, contract, month))
    return derive(statement_events.entries(conn, contract, month), sealed=sealed)


def standing(conn: Connection, contract: str, month: str, now: Ms) -> Standing:
    """Where the statement of a contract's month stands.

    Raises `store.papers.BadPaper`, also for a seal that is not what its hash says.
    """
    entries = tuple(statement_events.entries(conn, contract, month))
    links = tuple(seals.of_month(conn, contract, month))
    for number, one in enumerate(links):
        if one.number != number or not seals.is_whole(one):
            raise BadPaper(one.hash, missing=False)
    found = derive(entries, sealed=bool(links))
    digest = links[0].statement if links else found.published.detail["statement"] if found.published else None
    return Standing(
        contract=contract,
        month=month,
        now=now,
        publication=found,
        entries=entries,
        seals=links,
        files=tuple(statement_events.files_of(conn, [one.n for one in found.disputes])),
        head=seals.head(conn),
        document=None if digest is None else papers.get(conn, digest),
    )


def told(document: Mapping[str, Any], standing: Standing) -> dict[str, Any]:
    """The statement's document with its life: of a draft `document` as it is, else of what was published or sealed.

    `score` and `payment` are those after counter-entries; `score_before`, `payment_before` the document's own.
    """
    paper = document if standing.document is None else standing.document
    found = standing.publication
    return {
        **paper,
        "state": found.state,
        "head": None if standing.head is None else str(standing.head),
        "entry": found.newest,
        "may_dispute": standing.may_dispute,
        **deeds(paper, standing.entries, found, standing.files),
        "seal": _seal(standing.seals[0]) if standing.seals else None,
        "amendments": [amendment_document(one) for one in standing.seals[1:]],
        **settled(paper, found.counters),
        **_frozen(standing.seals),
    }


def deeds(
    paper: Mapping[str, Any], entries: Sequence[Entry], found: Publication, files: Sequence[Kept]
) -> dict[str, Any]:
    """What people did with a statement, as JSON: the members DEEDS; `found` is derived from `entries`."""
    return {
        "published_at": _instant(found.published.at if found.published else None),
        "dispute_until": _instant(found.until),
        "publications": [_publication(one) for one in entries if one.event == "published"],
        "disputes": [dispute_document(one, paper, files) for one in found.disputes],
        "counter_entries": [counter_document(one) for one in found.counters],
    }


def _frozen(links: Sequence[Seal]) -> dict[str, Any]:
    """What a seal says itself, whatever became of what it was made from."""
    return {name: links[0].detail[name] for name in FROZEN} if links else {}


def settled(paper: Mapping[str, Any], counters: Sequence[Counter]) -> dict[str, Any]:
    """Score and payment after counter-entries, before them, and the arithmetic between (S1, S5, S7)."""
    deductions = {line["id"]: Fraction(line["deduction"]) for line in paper["lines"]}
    score = score_after(deductions, counters)
    pays = payment_after(paper["fee"], paper["payment_rule"], score)
    before = {"score_before": paper["score"], "payment_before": paper["payment"]}
    after = {"score": points(score), "payment": None if pays is None else points(pays)}
    steps = [_step(deductions, counters, score), *_paid(paper, score, pays)] if counters else []
    return after | before | {"settlement": steps}


def counter_document(one: Counter) -> dict[str, Any]:
    """A counter-entry as JSON."""
    instants = {name: render(getattr(one, name)) for name in ("at", "approved_at")}
    return one._asdict() | instants | {"points": points(one.points)}


def _counter(said: Mapping[str, Any]) -> Counter:
    """A counter-entry out of its JSON."""
    instants = {name: parse(said[name]) for name in ("at", "approved_at")}
    return Counter(**{**said, **instants, "points": Fraction(said["points"])})


def _step(deductions: Mapping[str, Fraction], counters: Sequence[Counter], score: Fraction) -> dict[str, Any]:
    back = sum((one.points for one in counters), Fraction(0))
    numbers = {"deductions": sum(deductions.values(), Fraction(0)), "given": back, "score": score}
    below = numbers["deductions"] - back > FULL
    return {"text": _BELOW if below else _AFTER, "numbers": {name: points(value) for name, value in numbers.items()}}


def _paid(paper: Mapping[str, Any], score: Fraction, pays: Fraction | None) -> Iterator[dict[str, Any]]:
    """What the score pays then (S7), in the statement's own words for it."""
    if pays is not None:
        percent = shown("percent", percent_after(paper["payment_rule"], score))
        yield {"text": _PAID, "numbers": {"fee": paper["fee"], "percent": percent, "payment": points(pays)}}


def _publication(one: Entry) -> dict[str, Any]:
    until, difference = one.detail["until"], one.detail.get("difference")
    return {"entry": one.entry, "at": render(one.at), "by": one.by, "until": render(until), "difference": difference}


def dispute_document(one: Dispute, paper: Mapping[str, Any], files: Sequence[Kept]) -> dict[str, Any]:
    """A dispute with its answer and files as JSON."""
    return {
        "n": one.n,
        "line": one.line,
        "at": render(one.at),
        "by": one.by,
        "reason": one.reason,
        "state": one.fate,
        "answer": _answer(one),
        "approved": _did(one.approved),
        "withdrawn": _did(one.withdrawn),
        "files": [_file(file, paper) for file in files if file.entry == one.n],
    }


def _answer(one: Dispute) -> dict[str, Any] | None:
    if (said := one.answer) is None:
        return None
    back = points(said.points) if said.accepted else None
    names = {"by": said.by, "accepted": said.accepted, "points": back, "reason": said.reason}
    return {"entry": said.entry, "at": render(said.at), **names}


def _did(one: Entry | None) -> dict[str, Any] | None:
    return None if one is None else {"at": render(one.at), "by": one.by, "reason": one.detail.get("reason")}


def _file(one: Kept, paper: Mapping[str, Any]) -> dict[str, Any]:
    where = f"/api/v1/vendors/{paper['vendor']}/statements/{paper['month']}/disputes/{one.entry}/files/{one.n}"
    return {"n": one.n, "name": one.name, "type": one.type, "size": one.size, "digest": one.digest, "url": where}


def _seal(one: Seal) -> dict[str, Any]:
    link = {"n": one.n, "at": render(one.at), "by": one.by, "hash": one.hash, "previous": one.previous}
    kept = {name: said for name, said in one.detail.items() if name not in DEEDS}
    return link | {"statement": one.statement, "facts": one.facts} | kept


def amendment_document(one: Seal) -> dict[str, Any]:
    """An amendment as JSON: its number, its link in the chain, score and payment after it, the difference."""
    return {"number": one.number} | _seal(one)


def _instant(at: Ms | None) -> str | None:
    return None if at is None else render(at)
