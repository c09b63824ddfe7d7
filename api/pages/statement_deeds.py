"""What people do to a statement from its page: publish, dispute, answer, approve, withdraw, seal, amend (S5, S6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.attachments import MOST as MOST_FILES
from api.attachments import BadFile, BadFiles, sent
from api.auth import Asker
from api.bodies import REFUSED, fault
from api.findings import Place, Said, enter
from api.findings import withdraw as withdraw_found
from api.pages.deeds import in_words
from api.pages.statement_found import Found, named
from api.pages.statement_page import Refused as Told
from api.pages.statement_page import statement_page
from api.pages.view import View, Visitor
from api.posted import Form, Posted
from api.problems import Problem, not_found
from api.reports import turn
from api.words import N_
from reports.amendments import amend
from reports.disputes import answer, approve, dispute, withdraw
from reports.publishing import Who, publish
from reports.sealing import Hindered, seal
from sla.disputing import NoDispute, Refused
from store.database import writing
from store.statement_events import File

router = APIRouter(include_in_schema=False)
Deed = Callable[[View, Found, Posted, Who], None]
OPERATES: Final = ("admin", "operator")
VENDS: Final = ("vendor",)
NOT_SURE: Final = N_("Nothing was done: confirm it with the tick first.")
NO_REASON: Final = N_("Give a reason.")
NO_POINTS: Final = N_("Points are a number such as 2.50.")
NO_CHOICE: Final = N_("Choose whether it is rejected or accepted.")
_POINTS: Final = re.compile(r"\d{1,4}(\.\d{1,2})?", re.ASCII)
_REASON: Final = 512


@router.post("/statements/{vendor}/{month}/publish")
def publish_it(vendor: str, month: str, view: Visitor, form: Form) -> Response:
    """Publish the month."""
    return _do(view, (vendor, month), form, "publish", OPERATES, _publish)


class Typed(NamedTuple):
    """A dispute as it was sent: its words, its files, or what is wrong with these."""

    words: Mapping[str, str]
    files: Sequence[File] = ()
    bad: BadFile | None = None


async def typed(request: Request, view: Visitor) -> Typed:
    """A vendor's form with files, read after it is known who sends it. Raises `Problem` 403, 413, 422."""
    _person(view, VENDS)
    try:
        found = await sent(request)
    except BadFiles as error:
        return Typed(error.words, bad=error.bad)
    return Typed(found.words, found.files)


@router.post("/statements/{vendor}/{month}/dispute")
def dispute_it(vendor: str, month: str, view: Visitor, said: Annotated[Typed, Depends(typed)]) -> Response:
    """Dispute a line, with a reason and files."""

    def do(view: View, one: Found, form: Posted, who: Who) -> None:
        if said.bad is not None:
            raise Refused(said.bad.reason, "file", name=said.bad.name, n=str(MOST_FILES))
        with writing(view.room.engine) as conn:
            dispute(conn, one.contract.id, one.month, form.get("line"), reason_of(form), said.files, who)

    return _do(view, (vendor, month), Posted(said.words), "dispute", VENDS, do)


@router.post("/statements/{vendor}/{month}/answer")
def answer_it(vendor: str, month: str, view: Visitor, form: Form) -> Response:
    """Reject a dispute, or accept it with points."""
    return _do(view, (vendor, month), form, "answer", OPERATES, _answer)


@router.post("/statements/{vendor}/{month}/approve")
def approve_it(vendor: str, month: str, view: Visitor, form: Form) -> Response:
    """Approve an acceptance, as a second person."""
    return _do(view, (vendor, month), form, "approve", OPERATES, _approve)


@router.post("/statements/{vendor}/{month}/withdraw")
def withdraw_it(vendor: str, month: str, view: Visitor, form: Form) -> Response:
    """Withdraw one's dispute."""
    return _do(view, (vendor, month), form, "withdraw", VENDS, _withdraw)


@router.post("/statements/{vendor}/{month}/seal")
def seal_it(vendor: str, month: str, view: Visitor, form: Form) -> Response:
    """Seal the month, over what may be overridden by name."""
    return _do(view, (vendor, month), form, "seal", OPERATES, _seal)


@router.post("/statements/{vendor}/{month}/amend")
def amend_it(vendor: str, month: str, view: Visitor, form: Form) -> Response:
    """Amend a sealed month by later facts."""
    return _do(view, (vendor, month), form, "amend", OPERATES, _amend)


@router.post("/statements/{vendor}/{month}/findings")
def find_it(vendor: str, month: str, view: Visitor, form: Form) -> Response:
    """Enter a finding."""
    return _do(view, (vendor, month), form, "finding", OPERATES, _find)


@router.post("/statements/{vendor}/{month}/findings/withdraw")
def unfind_it(vendor: str, month: str, view: Visitor, form: Form) -> Response:
    """Withdraw a finding."""
    return _do(view, (vendor, month), form, "finding-gone", OPERATES, _unfind)


_SAYS: Final = {
    "publish": ("published", "top"),
    "answer": ("answered", "disputes"),
    "approve": ("approved", "disputes"),
    "withdraw": ("withdrawn", "disputes"),
    "seal": ("sealed", "seal"),
    "amend": ("amended", "seal"),
    "finding": ("finding", "findings"),
    "finding-gone": ("gone", "findings"),
    "dispute": ("disputed", "disputes"),
}
_ABOUT: Final = {"dispute": "line", "answer": "dispute", "approve": "dispute", "withdraw": "dispute"}


def _do(view: View, of: tuple[str, str], form: Posted, deed: str, roles: tuple[str, ...], do: Deed) -> Response:
    """Do it and go back to the page; what is refused is said there, and what was typed is kept."""
    person, who = _person(view, roles), _who(view, form)
    one = named(view, *of, form.get("contract"))
    try:
        do(view, one, form, who)
    except Hindered as hindered:
        words = "; ".join(each.words(view.translate, _clock(view)) for each in hindered.obstacles)
        return _refused(view, of, form, deed, words, 409)
    except Refused as refused:
        status = 409 if refused.place is None else 422
        return _refused(view, of, form, deed, refused.words(view.translate, _clock(view)), status)
    except NoDispute as error:
        raise not_found() from error
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return _refused(view, of, form, deed, in_words(view, problem), problem.status)
    assert person is not None
    said, anchor = _SAYS[deed]
    return RedirectResponse(f"{one.address}&said={said}#{anchor}", 303)


def _person(view: View, roles: tuple[str, ...]) -> Asker:
    if view.person is None or view.person.kind not in roles:
        raise Problem(403, "This is not for your role.")
    return view.person


def _who(view: View, form: Posted) -> Who:
    seen = form.get("seen")
    known = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 16 else None
    return Who(view.person.name if view.person else "", view.now, known)


def _clock(view: View) -> Callable[[int], str]:
    return lambda at: view.clock(at, "%Y-%m-%d %H:%M")


def _refused(view: View, of: tuple[str, str], form: Posted, deed: str, words: str, status: int) -> Response:
    about = form.get(_ABOUT.get(deed, ""))
    if deed == "finding-gone":
        about = f"F-{form.get('finding').zfill(6)}"
    told = Told(deed, about, words, form.words, status)
    return statement_page(view, named(view, *of, form.get("contract")), refused=told)


def _sure(form: Posted) -> None:
    if not form.get("sure"):
        raise Refused(NOT_SURE, "sure")


def reason_of(form: Posted) -> str:
    """The reason without what no person types. Raises `Refused`."""
    text = form.get("reason")[:_REASON].replace("\r\n", "\n")
    said = "".join(one if one.isprintable() or one == "\n" else " " for one in text).strip()
    if not said:
        raise Refused(NO_REASON, "reason")
    return said


def _number(form: Posted, name: str = "dispute") -> int:
    text = form.get(name)
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise NoDispute
    return int(text)


def _publish(view: View, one: Found, form: Posted, who: Who) -> None:
    _sure(form)
    with turn():
        publish(view.room.engine, one.contract.id, one.month, view.room.policies, who, view.room.dispute_days)


def _answer(view: View, one: Found, form: Posted, who: Who) -> None:
    chosen, points, reason = form.get("accepted"), None, reason_of(form)
    if chosen not in ("yes", "no"):
        raise Refused(NO_CHOICE, "accepted")
    if chosen == "yes":
        if not _POINTS.fullmatch(form.get("points")):
            raise Refused(NO_POINTS, "points")
        points = Fraction(form.get("points"))
    with writing(view.room.engine) as conn:
        answer(conn, one.contract.id, one.month, _number(form), points, reason, who)


def _approve(view: View, one: Found, form: Posted, who: Who) -> None:
    _sure(form)
    with writing(view.room.engine) as conn:
        approve(conn, one.contract.id, one.month, _number(form), who)


def _withdraw(view: View, one: Found, form: Posted, who: Who) -> None:
    with writing(view.room.engine) as conn:
        withdraw(conn, one.contract.id, one.month, _number(form), reason_of(form), who)


def _seal(view: View, one: Found, form: Posted, who: Who) -> None:
    _sure(form)
    over = [name.removeprefix("over_") for name in form.words if name.startswith("over_")]
    reason = reason_of(form) if over else ""
    with turn():
        seal(view.room.engine, one.contract.id, one.month, view.room.policies, who, dict.fromkeys(over, reason))


def _amend(view: View, one: Found, form: Posted, who: Who) -> None:
    _sure(form)
    with turn():
        amend(view.room.engine, one.contract.id, one.month, view.room.policies, who)


def _find(view: View, one: Found, form: Posted, who: Who) -> None:
    names = (
        ("kind", "thing", "reason", "total", "answers") if form.get("kind") == "survey" else ("kind", "thing", "reason")
    )
    try:
        said = Said.model_validate({name: form.get(name) for name in names if form.get(name)})
    except ValidationError as error:
        raise Problem(422, REFUSED, [fault(str(each["loc"][0]), _told(each)) for each in error.errors()]) from error
    with writing(view.room.engine) as conn:
        enter(conn, _person(view, OPERATES), Place(one.contract.id, one.month), said, who.at)


def _told(each: object) -> str:
    """The field with what is wrong with it, so that the words alone can be understood."""
    assert isinstance(each, dict)
    return f"{each['loc'][0]}: {each['msg']}"


def _unfind(view: View, one: Found, form: Posted, who: Who) -> None:
    id, where = f"F-{_number(form, 'finding'):06d}", Place(one.contract.id, one.month)
    with writing(view.room.engine) as conn:
        withdraw_found(conn, _person(view, OPERATES), where, id, reason_of(form), who.at)
