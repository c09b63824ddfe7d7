"""Disputes over HTTP: made and withdrawn by the vendor, answered and approved by the operator (S5)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from api.attachments import Sent, download, sent
from api.auth import Room
from api.bodies import REFUSED, Name, Reason, body_of, checked, described, fault
from api.context import Context
from api.once import Key, once
from api.problems import Problem, not_found
from api.statement_acts import (
    ANSWERS,
    HERE,
    ByVendor,
    Number,
    Seen,
    Where,
    as_operator,
    as_vendor,
    its,
    refusing,
    shown,
    who,
)
from api.statement_document import Statement
from reports import disputes
from store import statement_events
from store.database import reading, writing

router = APIRouter(tags=["statements"])
_ONE: Final = f"{HERE}/disputes/{{n}}"
Its = Annotated[Where, Depends(its)]


class Dispute(Seen):
    """A line that is disputed, and why."""

    line: Name
    reason: Reason


class Answer(Seen):
    """`points` (a decimal string) are given back where it is accepted, once another person approved."""

    accepted: bool
    points: Decimal | None = Field(default=None, gt=0, le=100, decimal_places=2)
    reason: Reason


class Withdrawal(Seen):
    """Why a dispute is withdrawn."""

    reason: Reason


_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["line", "reason"],
    "properties": {
        "line": {"type": "string"},
        "reason": {"type": "string"},
        "seen_entry": {"type": "integer"},
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": 5},
    },
}
_BODY: Final = described(Dispute)
_BODY["requestBody"]["content"]["multipart/form-data"] = {"schema": _FORM}


async def sent_by(request: Request, _where: ByVendor) -> Sent:
    """What a vendor sends: a form with files, or JSON; read after it is known who asks. Raises `Problem` 413, 422."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return await sent(request)
    said = await body_of(Dispute)(request)
    seen = {} if said.seen_entry is None else {"seen_entry": str(said.seen_entry)}
    return Sent({"line": said.line, "reason": said.reason} | seen)


@router.post(
    f"{HERE}/disputes", status_code=201, response_model=None, responses={201: {"model": Statement}}, openapi_extra=_BODY
)
def dispute(room: Room, where: ByVendor, said: Annotated[Sent, Depends(sent_by)], key: Key = None) -> dict[str, Any]:
    """Dispute a line with a reason and at most five files (field `file`); before `dispute_until` only."""
    take_dispute(room, where, said, key)
    return shown(room, where)


@router.post(f"{_ONE}/answer", response_model=None, responses=ANSWERS, openapi_extra=described(Answer))
def answer(n: Number, room: Room, where: Its, said: Annotated[Answer, Depends(body_of(Answer))]) -> dict[str, Any]:
    """Reject a dispute, or accept it with points to be given back, which count once another person approved."""
    as_operator(where)
    if said.accepted != (said.points is not None):
        raise Problem(422, REFUSED, [fault("points", "to accept takes points, to reject takes none")])
    points = None if said.points is None else Fraction(said.points)
    with refusing(), writing(room.engine) as conn:
        disputes.answer(conn, where.contract, where.month, n, points, said.reason, who(room, where, said))
    return shown(room, where)


@router.post(f"{_ONE}/approve", response_model=None, responses=ANSWERS, openapi_extra=described(Seen))
def approve(n: Number, room: Room, where: Its, said: Annotated[Seen, Depends(body_of(Seen))]) -> dict[str, Any]:
    """Approve the points that another person gave back."""
    as_operator(where)
    with refusing(), writing(room.engine) as conn:
        disputes.approve(conn, where.contract, where.month, n, who(room, where, said))
    return shown(room, where)


@router.post(f"{_ONE}/withdraw", response_model=None, responses=ANSWERS, openapi_extra=described(Withdrawal))
def withdraw(
    n: Number, room: Room, where: Its, said: Annotated[Withdrawal, Depends(body_of(Withdrawal))]
) -> dict[str, Any]:
    """Withdraw a dispute that is not settled."""
    as_vendor(where)
    with refusing(), writing(room.engine) as conn:
        disputes.withdraw(conn, where.contract, where.month, n, said.reason, who(room, where, said))
    return shown(room, where)


@router.get(f"{_ONE}/files/{{k}}", response_class=Response)
def dispute_file(n: Number, k: Number, room: Room, _where: Its) -> Response:
    """A file of a dispute as its vendor sent it, as an attachment."""
    with reading(room.engine) as conn:
        file = statement_events.file_of(conn, n, k)
    if file is None:
        raise not_found()
    return download(file)


def take_dispute(room: Context, where: Where, said: Sent, key: str | None = None) -> int:
    """Record a dispute out of a form with `line`, `reason` and files, and answer its number. Raises `Problem`."""
    one = checked(Dispute, dict(said.words))
    by = who(room, where, one)
    digests = (file.digest for file in said.files)
    request = " ".join(["dispute", where.contract, where.month, one.line, one.reason, *digests])

    def take(conn: Connection) -> dict[str, Any]:
        return {"n": disputes.dispute(conn, where.contract, where.month, one.line, one.reason, said.files, by)}

    with refusing():
        return int(once(room, where.person, key, request, take)["n"])
