"""Disputes of a published statement: made and withdrawn by its vendor, answered and approved by the operator (S5).

Each is one transaction, so that of two people at once one wins; the same again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Final

from sqlalchemy import Connection

from reports.publishing import Who
from reports.standing import Standing, standing
from sla.disputing import Refused, check_answer, check_approval, check_dispute, check_withdrawal
from sla.ticket import N_
from sla.words import points as in_points
from store import statement_events
from store.statement_events import File

MOST_BYTES: Final = 50_000_000
"""Files of one statement together."""


def dispute(
    conn: Connection, contract: str, month: str, line: str, reason: str, files: Sequence[File], who: Who
) -> int:
    """Dispute a line, in a writing transaction, and answer the dispute's number; `files` are checked already.

    Raises `Refused`.
    """
    with _statement(conn, contract, month, who) as stands:
        for one in stands.publication.waiting:
            digests = [file.digest for file in stands.files if file.entry == one.n]
            if (one.line, one.reason, one.by, digests) == (line, reason, who.name, [file.digest for file in files]):
                return one.n
        _not_overrun(stands, None, who)
        check_dispute(stands.publication, line, who.at)
        _check_room(stands, files)
        said = {"line": line, "reason": reason}
        n = statement_events.append(conn, contract, month, "disputed", who.at, who.name, said)
        statement_events.attach(conn, n, files)
        return n


def answer(conn: Connection, contract: str, month: str, n: int, points: Fraction | None, reason: str, who: Who) -> None:
    """Reject a dispute (`points` None), or accept it with points to be given back, in a writing transaction.

    What is accepted counts once another person approved it. Raises `Refused`, `sla.disputing.NoDispute`.
    """
    with _statement(conn, contract, month, who) as stands:
        one = stands.publication.dispute(n)
        said = one.answer if one and one.fate in {"awaiting", "accepted", "rejected"} else None
        if said and (said.by, said.reason) == (who.name, reason) and _points(said.accepted, said.points) == points:
            return
        _not_overrun(stands, n, who)
        check_answer(stands.publication, n, points)
        back = None if points is None else in_points(points)
        detail = {"dispute": n, "accepted": points is not None, "points": back, "reason": reason}
        statement_events.append(conn, contract, month, "answered", who.at, who.name, detail)


def approve(conn: Connection, contract: str, month: str, n: int, who: Who) -> None:
    """Approve an acceptance, in a writing transaction: another person than who accepted.

    Raises `Refused`, `sla.disputing.NoDispute`.
    """
    with _statement(conn, contract, month, who) as stands:
        known = stands.publication.dispute(n)
        if known and known.fate == "accepted" and known.approved and known.approved.by == who.name:
            return
        _not_overrun(stands, n, who)
        one = check_approval(stands.publication, n, who.name)
        detail = {"dispute": n, "answer": one.answer.entry if one.answer else None}
        statement_events.append(conn, contract, month, "approved", who.at, who.name, detail)


def withdraw(conn: Connection, contract: str, month: str, n: int, reason: str, who: Who) -> None:
    """Withdraw a dispute that is not settled, in a writing transaction. Raises `Refused`, `sla.disputing.NoDispute`."""
    with _statement(conn, contract, month, who) as stands:
        known = stands.publication.dispute(n)
        if known and known.withdrawn and known.withdrawn.by == who.name:
            return
        _not_overrun(stands, n, who)
        check_withdrawal(stands.publication, n)
        detail = {"dispute": n, "reason": reason}
        statement_events.append(conn, contract, month, "withdrawn", who.at, who.name, detail)


@contextmanager
def _statement(conn: Connection, contract: str, month: str, who: Who) -> Iterator[Standing]:
    """Where it stands, nobody else changing it until the end of the transaction."""
    statement_events.lock(conn, contract, month)
    yield standing(conn, contract, month, who.at)


def _not_overrun(stands: Standing, n: int | None, who: Who) -> None:
    """What somebody else has done since to the dispute, or with the whole statement, is not overrun."""
    if who.seen is None:
        return
    mine = {one.n for one in stands.publication.disputes if one.n == n}
    later = (one for one in stands.entries if one.entry > who.seen and one.by != who.name)
    for one in later:
        if one.event == "published" or one.detail.get("dispute") in mine:
            told = N_("somebody was quicker: {event} by {by} at {at}")
            raise Refused(told, event=one.event, by=one.by, at=one.at)


def _check_room(stands: Standing, files: Sequence[File]) -> None:
    """All files of a statement together are bounded, whatever became of their disputes."""
    if sum(one.size for one in stands.files) + sum(len(one.data) for one in files) > MOST_BYTES:
        raise Refused(
            N_("the files of a statement are at most {n} MB together"), "file", n=str(MOST_BYTES // 1_000_000)
        )


def _points(accepted: bool, points: Fraction) -> Fraction | None:
    return points if accepted else None
