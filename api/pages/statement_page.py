"""One statement as a page: what it comes to, each line, disputes, findings, what may be done, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from fastapi.responses import HTMLResponse

from api.pages.clocks import minutes
from api.pages.statement_found import Found
from api.pages.statement_history import history
from api.pages.statement_lines import TERMS, money, number, read, shares, steps
from api.pages.statement_may import CHANGED, May, may_of
from api.pages.statement_next import STATES, next_of
from api.pages.view import View
from api.words import N_
from reports.rule_words import RULES
from reports.statement_disputes import FATES
from sla.instant import parse
from store import findings
from store.database import reading

FORMS: Final = ("pdf", "xlsx", "json", "zip")
SAYS: Final[Mapping[str, str]] = {
    "published": N_("Published: the vendor sees it on its page, and may dispute lines until the day named below."),
    "disputed": N_("Your dispute is recorded; the operator answers it here."),
    "withdrawn": N_("The dispute is withdrawn."),
    "answered": N_("The answer is recorded."),
    "approved": N_("Approved: the points are given back by a counter-entry."),
    "sealed": N_("Sealed: figures, rules and inputs are frozen."),
    "amended": N_("The amendment is recorded."),
    "finding": N_("Recorded: the figures count it from now on."),
    "gone": N_("Withdrawn: from now on it counts as if it never was."),
}
FINDINGS: Final[Mapping[str, str]] = {
    "missed_patrol": N_("Missed patrol"),
    "spare_not_ready": N_("Spare not ready"),
    "survey": N_("Survey"),
}

_TABLES: Final[Mapping[str, Any]] = {
    "states": STATES, "fates": FATES, "kinds": FINDINGS, "changes": CHANGED, "terms": TERMS, "money": money,
    "number": number, "rules": RULES,
}  # fmt: skip


class Refused(NamedTuple):
    """An order that was not done: which deed, about which line or dispute, why, and what was typed."""

    deed: str
    about: str
    words: str
    typed: Mapping[str, str]
    status: int


def statement_page(view: View, one: Found, said: str = "", refused: Refused | None = None) -> HTMLResponse:
    """The page; `said` is what was just done, `refused` what was not."""
    view.zone = one.contract.zone
    document = one.document
    lines = read(document, view.translate)
    with reading(view.room.engine) as conn:
        entered = findings.listed(conn, one.contract.id, one.month)
        may: May = may_of(conn, view, one)
    return view.page(
        "statement.html",
        refused.status if refused else 200,
        document=document,
        contract=one.contract,
        lines=lines,
        shares=shares(document, lines),
        following=next_of(one.standing.publication, one.within.until, view.now, view.person),
        running=view.now < one.within.until,
        entered=entered,
        may=may,
        behind={ticket["id"]: ticket for ticket in document["tickets"]},
        disputes=_by_line(document),
        items=history(view, one),
        told_so=view.translate(SAYS.get(said, "")),
        refused=refused,
        typed=_typed(refused),
        downloads=[(form, download(one, form)) for form in FORMS],
        here=one.address,
        act=lambda deed: f"/statements/{quote(one.contract.vendor, safe='')}/{one.month}/{deed}",
        days_left=_days_left(view, document),
        staff=view.scope.vendor is None,
        dispute_days=view.room.dispute_days,
        **_TABLES,
        **_readers(view),
    )


def _readers(view: View) -> dict[str, Any]:
    """How figures and instants of a paper read."""
    return {
        "steps": lambda some: steps(some, view.translate),
        "minutes": lambda seconds: "–" if seconds is None else minutes(round(seconds * 1000), view.translate),
        "at": lambda text, form="%m-%d %H:%M": "–" if text is None else view.clock(parse(text), form),
    }


def download(one: Found, form: str) -> str:
    """Where a form of it is."""
    query = urlencode({"contract": one.contract.id, "format": form})
    return f"/api/v1/vendors/{quote(one.contract.vendor, safe='')}/statements/{one.month}?{query}"


def _by_line(document: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for one in document["disputes"]:
        found.setdefault(one["line"], []).append(one)
    return found


def _typed(refused: Refused | None) -> Any:
    """What was typed into the form of a deed about something, empty for every other form."""

    def of(deed: str, about: str = "") -> Mapping[str, str]:
        mine = refused is not None and (refused.deed, refused.about) == (deed, about)
        return refused.typed if refused is not None and mine else {}

    return of


def _days_left(view: View, document: Mapping[str, Any]) -> int | None:
    """Whole days on the wall until disputes end; None where they ended, or nothing is published."""
    until = document["dispute_until"]
    if until is None or parse(until) <= view.now:
        return None
    end, today = (datetime.fromtimestamp(ms / 1000, view.zone).date() for ms in (parse(until) - 1, view.now))
    return (end - today).days
