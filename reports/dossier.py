"""The renewal dossier: a vendor's twelve statements, trend, disputes, surveys and repeat chains (S8).

Sealed and published months come from their papers, after counter-entries; what is still a draft is counted and marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import Connection

from reports.dossier_book import book
from reports.dossier_chains import chains
from reports.standing import Standing, standing, told
from reports.statement import cents, statement_document
from sla.contract import Contract
from sla.instant import Ms, render
from sla.month import month as month_in
from sla.version import RULES
from store import seals, statement_events
from store.agreements import contracts_of
from store.city import City
from store.device_facts import KindPolicy
from store.month_facts import covered
from store.traces import first_known

__all__ = ["CITED", "MONTHS", "book", "dossier_document"]

CITED: Final = ("K4", "S1", "S4", "S5", "S6", "S7", "S8")
"""The rules that make these figures, beside those of the statements."""
MONTHS: Final = 12
_NEVER: Final = 1 << 62
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Stated:
    """A statement as it stands: its paper, or what was counted now."""

    contract: str
    paper: Document
    stands: Standing


def dossier_document(
    conn: Connection,
    city: City,
    vendor: str,
    until: str,
    policies: Mapping[str, KindPolicy],
    now: Ms,
    contract: str | None = None,
) -> dict[str, Any]:
    """The twelve months that end with `until`, of one contract or of all of the vendor.

    Raises KeyError for a vendor that `city` does not have, ValueError for what is no month such as 2026-10.
    """
    names = ending(until)
    stated = list(_stated(conn, city, vendor, names, contract, policies, now))
    rows = [_row(one) for one in stated]
    papers = [one.paper for one in stated]
    head = seals.head(conn)
    return {
        "v": 1,
        "vendor": vendor,
        "vendor_name": city.vendors[vendor].name,
        "contract": contract,
        "from": names[0],
        "until": names[-1],
        "known_at": render(now),
        "head": None if head is None else str(head),
        "rules": list(CITED),
        "rules_version": RULES,
        "provisional": any(one["provisional"] for one in papers),
        "months": rows,
        "missing": [name for name in names if name not in {row["month"] for row in rows}],
        "unsealed": sorted({row["month"] for row in rows if row["state"] != "sealed"}),
        "total": _total(rows, papers),
        "trend": _trend(names, rows),
        "terms": _terms(papers),
        "disputes": [one for stated_ in stated for one in _disputes(stated_)],
        "chains": chains(papers),
    }


def ending(until: str) -> list[str]:
    """The twelve months that end with one, in order. Raises ValueError."""
    last = date.fromisoformat(f"{until}-01")
    if last.isoformat() != f"{until}-01" or not 1971 <= last.year <= 2199:
        raise ValueError(f"{until[:40]!r} is no month such as 2026-10")
    count = last.year * 12 + last.month - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(count - MONTHS + 1, count + 1)]


def _stated(
    conn: Connection,
    city: City,
    vendor: str,
    names: Sequence[str],
    contract: str | None,
    policies: Mapping[str, KindPolicy],
    now: Ms,
) -> Iterator[_Stated]:
    """By month and contract; of a contract that the inventory no longer has what was published."""
    mine = {one.id: one for one in contracts_of(city) if one.vendor == vendor and contract in (None, one.id)}
    since = {id: _since(conn, city, one) for id, one in mine.items()}
    kept = [one for one in statement_events.published(conn, vendor) if contract in (None, one[0])]
    for name in names:
        begun = {id for id, one in mine.items() if _begun(one, name, now)}
        for id in sorted(begun | {id for id, month in kept if month == name}):
            stands = standing(conn, id, name, now)
            if stands.document is not None:
                yield _Stated(id, stands.document, stands)
            elif since[id] < month_in(name, mine[id].zone).until:
                yield _Stated(id, statement_document(conn, city, id, name, policies, now), stands)


def _begun(contract: Contract, name: str, now: Ms) -> bool:
    start, until = month_in(name, contract.zone)
    return contract.start < until and contract.until > start and start <= now


def _since(conn: Connection, city: City, contract: Contract) -> Ms:
    """Before that nothing is known of what the contract covers: a month without facts is no full score."""
    known = first_known(conn, [one.n for one in city.devices.values() if covered(contract, one)])
    return _NEVER if known is None else known


def _row(one: _Stated) -> dict[str, Any]:
    """A statement's line."""
    figures, survey = told(one.paper, one.stands), _survey([one.paper])
    back = sum((Fraction(counter["points"]) for counter in figures["counter_entries"]), Fraction(0))
    fates = [dispute["state"] for dispute in figures["disputes"]]
    return {
        "month": one.paper["month"],
        "contract": one.contract,
        "state": one.stands.state,
        "running": one.paper["running"],
        "score": figures["score"],
        "score_before": figures["score_before"],
        "payment": figures["payment"],
        **_tickets(one.paper),
        "survey": survey["mean"],
        "answers": survey["answers"],
        "disputes": len(fates),
        "accepted": fates.count("accepted"),
        "points_back": cents(back),
        "amendments": max(0, len(one.stands.seals) - 1),
        "seal": one.stands.seals[0].n if one.stands.seals else None,
    }


def _tickets(paper: Document) -> dict[str, Any]:
    """Faults that began in the month, those that repeat, repairs that ended in it, those that were late, their mean."""
    begun = [one for one in paper["tickets"] if paper["from"] <= one["begun_at"] < paper["until"]]
    repaired = [one for one in paper["tickets"] if one["restored_at"] and one["clock"]]
    spent = [one["clock"]["counted_s"] for one in repaired]
    return {
        "faults": len(begun),
        "repeats": sum(one["repeat_of"] is not None for one in begun),
        "repaired": len(repaired),
        "late": sum(one["clock"]["breached"] for one in repaired),
        "mean_repair_s": sum(spent) / len(spent) if spent else None,
    }


def _survey(papers: Iterable[Document]) -> dict[str, Any]:
    asked = [one for paper in papers for one in paper["findings"] if one["kind"] == "survey"]
    answers = sum(one["answers"] or 0 for one in asked)
    total = sum((Fraction(one["total"] or 0) for one in asked), Fraction(0))
    return {"mean": cents(total / answers) if answers else None, "answers": answers}


def _total(rows: Sequence[Document], papers: Iterable[Document]) -> dict[str, Any]:
    paid = [Fraction(row["payment"]) for row in rows if row["payment"] is not None]
    counted = ("faults", "repeats", "repaired", "late", "answers", "disputes", "accepted", "amendments")
    return {
        "statements": len(rows),
        "sealed": sum(row["state"] == "sealed" for row in rows),
        "score": cents(_mean([Fraction(row["score"]) for row in rows])) if rows else None,
        "lowest": min((row["score"] for row in rows), key=Fraction, default=None),
        "payment": cents(sum(paid, Fraction(0))) if rows and len(paid) == len(rows) else None,
        "survey": _survey(papers)["mean"],
        "points_back": cents(sum((Fraction(row["points_back"]) for row in rows), Fraction(0))),
        **{name: sum(row[name] for row in rows) for name in counted},
    }


def _mean(some: Sequence[Fraction]) -> Fraction:
    return sum(some, Fraction(0)) / len(some)


def _trend(names: Sequence[str], rows: Sequence[Document]) -> dict[str, Any]:
    """The mean score of each month, of both halves, and by how many points a month it rises (least squares)."""
    by_month = {name: [Fraction(row["score"]) for row in rows if row["month"] == name] for name in names}
    known = [(n, _mean(some)) for n, (_, some) in enumerate(by_month.items()) if some]
    halves = [[value for n, value in known if (n >= MONTHS // 2) is late] for late in (False, True)]
    first, second = (cents(_mean(half)) if half else None for half in halves)
    slope = _slope(known)
    return {"first_half": first, "second_half": second, "by_month": None if slope is None else cents(slope)}


def _slope(known: Sequence[tuple[int, Fraction]]) -> Fraction | None:
    if len(known) < 2:
        return None
    middle, mean = Fraction(sum(n for n, _ in known), len(known)), _mean([value for _, value in known])
    spread = sum(((n - middle) ** 2 for n, _ in known), Fraction(0))
    return sum(((n - middle) * (value - mean) for n, value in known), Fraction(0)) / spread


def _terms(papers: Iterable[Document]) -> list[dict[str, Any]]:
    """What each term deducted in all months, before counter-entries, the most first."""
    found: dict[str, Fraction] = {}
    for paper in papers:
        for line in paper["lines"]:
            found[line["term"]] = found.get(line["term"], Fraction(0)) + Fraction(line["deduction"])
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [{"term": term, "deduction": cents(points)} for term, points in ordered]


def _disputes(one: _Stated) -> Iterator[dict[str, Any]]:
    figures = told(one.paper, one.stands)
    back = {counter["dispute"]: Fraction(counter["points"]) for counter in figures["counter_entries"]}
    for dispute in figures["disputes"]:
        yield {
            "month": one.paper["month"],
            "contract": one.contract,
            **{name: dispute[name] for name in ("line", "reason", "state")},
            "points": cents(back.get(dispute["n"], Fraction(0))),
        }
