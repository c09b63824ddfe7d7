"""Why a month cannot be sealed: all of it at once, in words with numbers (S6, T3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from reports.difference import difference
from reports.standing import Standing
from reports.statement import document, gathered
from sla.contract import Contract
from sla.disputing import Values, filled
from sla.instant import Ms, render
from sla.month import month, month_of
from sla.ticket import N_
from sla.words import points
from store import seals, statement_events, traces
from store.agreements import contracts_of
from store.city import City, Device, ancestors
from store.device_facts import KindPolicy, clock_of
from store.month_facts import Gathered, covered
from store.undelivered import Undelivered, kept_aside, undelivered

TEXTS: Final[Mapping[str, str]] = {
    "not_published": N_("it is not published"),
    "window_open": N_("the vendor may dispute until {until}"),
    "facts_changed": N_("facts changed since it was published: it has to be published anew ({what})"),
    "earlier_month": N_("{month} of contract {contract} is not sealed yet: a vendor's months are sealed in order"),
    "contract_gone": N_("{month} of contract {contract} was published and is not sealed, and the contract is no more"),
    "later_month": N_("{month} of contract {contract} is sealed already: a vendor's months are sealed in order"),
    "dispute_open": N_("dispute {n} of line {line} has no answer"),
    "approval_awaited": N_("{points} points on line {line} (dispute {n}) await the approval of a second person"),
    "provisional_year": N_("the holidays of {year} are not known yet"),
    "collector_unheard": N_("collector {collector} was never heard: whether it holds facts is not known"),
    "collector_offline": N_("collector {collector} was last heard at {since}: what it holds since then is not known"),
    "collector_backlog": N_("collector {collector} holds {n} facts that have not come"),
    "collector_gap": N_("{n} numbers of collector {collector} are missing between the receipt and the oldest it holds"),
    "collector_ahead": N_("{n} facts of collector {collector} came ahead of others that have not come"),
    "kept_aside": N_("{n} observations of the month are kept aside ({why})"),
}
OVERRIDABLE: Final = frozenset(TEXTS) - {
    "not_published", "window_open", "facts_changed", "earlier_month", "later_month"
}  # fmt: skip
"""What a person may pass over by name: facts that may be missing, a provisional year, a dispute that waits, and a
month that nobody can seal any more."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason; `values` stand in the holes of its text, whole numbers among them are instants (ms)."""

    code: str
    values: Values

    @property
    def overridable(self) -> bool:
        """Whether a person may pass over it by name."""
        return self.code in OVERRIDABLE

    def words(self, translate: Callable[[str], str] = str, clock: Callable[[Ms], str] = render) -> str:
        """In a language; `clock` renders instants."""
        return filled(TEXTS[self.code], self.values, translate, clock)

    def document(self) -> dict[str, Any]:
        """As JSON: instants RFC 3339."""
        shown = {name: render(one) if isinstance(one, int) else one for name, one in self.values.items()}
        told = {"code": self.code, "reason": self.words(), "text": TEXTS[self.code], "values": shown}
        return told | {"overridable": self.overridable}


def obstacles(
    conn: Connection, city: City, stands: Standing, policies: Mapping[str, KindPolicy]
) -> tuple[Obstacle, ...]:
    """All that keeps a month from being sealed at the standing's `now`; none of a sealed one.

    Raises KeyError where `city` has no such contract.
    """
    if stands.state == "sealed":
        return ()
    facts = gathered(conn, city, stands.contract, stands.month, policies, stands.now)
    return (*_published(stands, facts), *_order(conn, city, stands, facts.contract), *_missing(conn, city, facts))


def _published(stands: Standing, facts: Gathered) -> Iterator[Obstacle]:
    found = stands.publication
    if stands.document is None or found.until is None:
        yield Obstacle("not_published", {})
        return
    if stands.now < found.until:
        yield Obstacle("window_open", {"until": found.until})
    if changed := difference(stands.document, document(facts)):
        yield Obstacle("facts_changed", {"what": _named(changed)})
    for one in found.waiting:
        at = {"n": str(one.n), "line": one.line}
        if one.fate == "awaiting" and one.answer:
            yield Obstacle("approval_awaited", {**at, "points": points(one.answer.points)})
        else:
            yield Obstacle("dispute_open", at)


def _named(changed: Mapping[str, Any]) -> str:
    """What changed, in a few words: figures with both values, lines, tickets by id."""
    figures = changed.get("figures", {}).items()
    told = [f"{name}: {one['before']} → {one['after']}" for name, one in figures if name != "payment_rule"]
    told += [line["id"] for line in changed.get("lines", ())]
    told += [id for kind in ("tickets", "findings") for ids in changed.get(kind, {}).values() for id in ids]
    return ", ".join(told[:12]) + (", …" if len(told) > 12 else "")


def _order(conn: Connection, city: City, stands: Standing, contract: Contract) -> Iterator[Obstacle]:
    """S6: a vendor's months in order, those of all its contracts."""
    sealed, done = set(seals.months(conn, contract.vendor)), set(seals.sealed(conn))  # a contract may change hands
    its = [one for one in contracts_of(city) if one.vendor == contract.vendor]
    for one in its:
        due = (name for name in _months(conn, city, one, stands.month) if (one.id, name) not in done)
        if first := next(due, None):
            yield Obstacle("earlier_month", {"month": first, "contract": one.id})
    known = {one.id for one in its}
    for other, name in statement_events.published(conn, contract.vendor):
        if other not in known and name < stands.month and (name, other) not in sealed:
            yield Obstacle("contract_gone", {"month": name, "contract": other})
    for name, other in sorted(sealed):
        if name > stands.month:
            yield Obstacle("later_month", {"month": name, "contract": other})
            return


def _months(conn: Connection, city: City, contract: Contract, before: str) -> Iterator[str]:
    """A contract's months before another, from the first of which anything is known."""
    numbers = [one.n for one in city.devices.values() if covered(contract, one)]
    known = traces.first_known(conn, numbers)
    if known is None:
        return
    at = max(known, contract.start)
    while at < contract.until and (name := month_of(at, contract.zone)) < before:
        yield name
        at = month(name, contract.zone).until


def _missing(conn: Connection, city: City, facts: Gathered) -> Iterator[Obstacle]:
    """Facts that could still come, and a year whose holidays are not known."""
    halls = {one.hall: one for one in facts.devices}.values()
    if facts.provisional or any(clock_of(city, one).provisional(*facts.month) for one in halls):
        yield Obstacle("provisional_year", {"year": facts.name[:4]})
    holding = _collectors(city, facts.devices)
    for id, numbers in sorted(holding.items()):
        for one in undelivered(conn, id, numbers, facts.month):
            yield Obstacle(one.code, _values(one))
    for why, n in sorted(kept_aside(conn, list(holding), facts.month).items()):
        yield Obstacle("kept_aside", {"n": str(n), "why": why})


def _collectors(city: City, devices: Iterable[Device]) -> dict[str, set[int]]:
    """The collectors of these devices and of those that they are behind (O5), with the row numbers of each."""
    ids = {id for one in devices for id in (one.id, *ancestors(city, one.id))}
    found: dict[str, set[int]] = {}
    for id in ids:
        found.setdefault(city.devices[id].collector, set()).add(city.devices[id].n)
    return found


def _values(one: Undelivered) -> dict[str, str | Ms]:
    since: dict[str, str | Ms] = {} if one.since is None else {"since": one.since}
    return {"collector": one.collector, **since, **{name: str(n) for name, n in one.numbers.items()}}
