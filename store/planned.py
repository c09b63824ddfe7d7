"""Time that a person took out of the count: planned maintenance and corrections (A1 3, 4), appended, never edited.

A withdrawal is a row of its own, after which the time counts as if nothing had been said of it (T5). What is said of a
hall or a branch holds for the devices that the newest inventory has there. What recurs was said once: each of its times
is a row, and they have one `series`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, or_, select

from sla.instant import Ms
from sla.interval import Interval
from sla.spans import Planned
from store.pages import EVERYTHING, AnyRow, Scope
from store.schema import branches, devices, exemptions, halls, withdrawals
from store.upsert import insert_or_ignore

Kind = Literal["maintenance", "correction"]
ScopeKind = Literal["device", "hall", "branch"]
_LETTER: Final[Mapping[str, str]] = {"maintenance": "M", "correction": "C"}
_ID: Final = re.compile(r"([MC])-(\d{6,18})", re.ASCII)


class New(NamedTuple):
    """What somebody says: [start, until) of a device's, hall's or branch's time (ms); `approved_at` of maintenance."""

    kind: Kind
    scope_kind: ScopeKind
    scope: str
    start: Ms
    until: Ms
    reason: str
    approver: str
    approved_at: Ms | None
    author: str
    series: str | None = None


class Exemption(NamedTuple):
    """One as it is recorded, with its withdrawal where there is one."""

    n: int
    kind: str
    scope_kind: str
    scope: str
    start: Ms
    until: Ms
    reason: str
    approver: str
    approved_at: Ms | None
    author: str
    recorded_at: Ms
    series: str | None
    withdrawn_at: Ms | None
    withdrawn_by: str | None

    @property
    def id(self) -> str:
        """Its name outside."""
        return f"{_LETTER[self.kind]}-{self.n:06d}"


class Wanted(NamedTuple):
    """Which of them: of one `scope` (an id), touching [start, until), standing or withdrawn, of a series; None: any."""

    scope: str | None = None
    start: Ms | None = None
    until: Ms | None = None
    standing: bool | None = None
    series: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Those that stand within some period, by device and hall; what is said of a branch stands at each of its halls."""

    of: Mapping[tuple[str, str], list[Exemption]] = field(default_factory=dict)

    def maintenance(self, device: str, hall: str) -> list[Planned]:
        """The planned maintenance of a device in a hall, with its approval (A1 3)."""
        return [
            Planned(one.start, one.until, one.start if one.approved_at is None else one.approved_at)
            for one in self._both(device, hall)
            if one.kind == "maintenance"
        ]

    def excluded(self, device: str, hall: str) -> list[Interval]:
        """The corrections of a device in a hall (A1 4)."""
        return [Interval(one.start, one.until) for one in self._both(device, hall) if one.kind == "correction"]

    def next_edge(self, device: str, hall: str, now: Ms) -> Ms | None:
        """The first instant after `now` at which maintenance begins or ends; None for none."""
        edges = (at for one in self.maintenance(device, hall) for at in one[:2])
        return min((at for at in edges if at > now), default=None)

    def _both(self, device: str, hall: str) -> Iterator[Exemption]:
        yield from self.of.get(("device", device), ())
        yield from self.of.get(("hall", hall), ())


def record(conn: Connection, new: New, now: Ms) -> Exemption:
    """Append one and answer it; whether it makes sense is for the caller to judge."""
    values = {**new._asdict(), "recorded_at": now}
    n = conn.execute(exemptions.insert().values(values).returning(exemptions.c.n)).scalar_one()
    return _of(conn.execute(_all().where(exemptions.c.n == n)).one())


def new_series() -> str:
    """A name for what recurs, so that all of it can be found and withdrawn together."""
    return f"S-{secrets.token_hex(5)}"


def withdraw(conn: Connection, one: Exemption, now: Ms, by: str) -> Exemption:
    """Append its withdrawal and answer it as it is then; one that is withdrawn already stays as it is."""
    conn.execute(insert_or_ignore(conn, withdrawals), {"exemption": one.n, "at": now, "by": by})
    return _of(conn.execute(_all().where(exemptions.c.n == one.n)).one())


def find(conn: Connection, kind: Kind, id: str, scope: Scope = EVERYTHING) -> Exemption | None:
    """The one of this id, None where there is none within the scope."""
    match = _ID.fullmatch(id)
    if match is None or match[1] != _LETTER[kind]:
        return None
    mine = (exemptions.c.n == int(match[2])) & (exemptions.c.kind == kind) & _touching(scope)
    row = conn.execute(_all().where(mine)).one_or_none()
    return None if row is None or _of(row).id != id else _of(row)


def listed(
    conn: Connection, kind: Kind, scope: Scope, wanted: Wanted, before: int | None, limit: int
) -> list[Exemption]:
    """Those recorded before number `before`, the newest first; a vendor or a hall has those that touch its devices."""
    query = _all().where(exemptions.c.kind == kind, _touching(scope), *_period(wanted.start, wanted.until))
    if wanted.scope is not None:
        query = query.where(exemptions.c.scope == wanted.scope)
    if wanted.series is not None:
        query = query.where(exemptions.c.series == wanted.series)
    if wanted.standing is not None:
        query = query.where(withdrawals.c.at.is_(None) if wanted.standing else withdrawals.c.at.is_not(None))
    if before is not None:
        query = query.where(exemptions.c.n < before)
    return [_of(row) for row in conn.execute(query.order_by(exemptions.c.n.desc()).limit(limit))]


def standing(conn: Connection, start: Ms, until: Ms | None = None, kind: Kind | None = None) -> Standing:
    """Those not withdrawn that touch [start, until), of both kinds or of one."""
    query = _all().where(withdrawals.c.at.is_(None), *_period(start, until))
    if kind is not None:
        query = query.where(exemptions.c.kind == kind)
    found: dict[tuple[str, str], list[Exemption]] = {}
    for row in conn.execute(query.order_by(exemptions.c.n)):
        one = _of(row)
        found.setdefault((one.scope_kind, one.scope), []).append(one)
    return Standing(_at_halls(conn, found))


def future(conn: Connection, kind: Kind, series: str, now: Ms) -> list[Exemption]:
    """Those of a series that stand and have not begun at `now`."""
    mine = (exemptions.c.kind == kind) & (exemptions.c.series == series) & (exemptions.c.start > now)
    query = _all().where(mine, withdrawals.c.at.is_(None)).order_by(exemptions.c.start)
    return [_of(row) for row in conn.execute(query)]


def _at_halls(
    conn: Connection, found: dict[tuple[str, str], list[Exemption]]
) -> Mapping[tuple[str, str], list[Exemption]]:
    """The same with what is said of branches at each of their halls."""
    named = {id for kind, id in found if kind == "branch"}
    if not named:
        return found
    at = {key: list(every) for key, every in found.items() if key[0] != "branch"}
    for row in conn.execute(select(halls.c.id, halls.c.branch).where(halls.c.branch.in_(named))):
        at.setdefault(("hall", row.id), []).extend(found["branch", row.branch])
    return at


def scopes_of(conn: Connection, id: str) -> list[ScopeKind]:
    """What has this id: a device, a hall, a branch, none or several; gone ones where the newest inventory has none."""
    named: tuple[tuple[ScopeKind, Table], ...] = ("device", devices), ("hall", halls)
    rows = (
        (kind, conn.execute(select(table.c.gone_at).where(table.c.id == id)).one_or_none()) for kind, table in named
    )
    found = {kind: row.gone_at for kind, row in rows if row is not None}
    if conn.scalar(select(branches.c.id).where(branches.c.id == id)) is not None:
        found["branch"] = None
    return [kind for kind, gone_at in found.items() if gone_at is None] or list(found)


def near_scope(conn: Connection, id: str) -> str | None:
    """The id of a device, hall or branch that was probably meant."""
    known: Iterable[str] = [id for table in (halls, devices, branches) for id in conn.scalars(select(table.c.id))]
    near = get_close_matches(id[:128], known, 1)
    return near[0] if near else None


def devices_of(conn: Connection, one: Exemption) -> list[int]:
    """The row numbers of the devices that it holds for."""
    mine = {
        "device": devices.c.id == one.scope,
        "hall": devices.c.hall == one.scope,
        "branch": devices.c.hall.in_(select(halls.c.id).where(halls.c.branch == one.scope)),
    }
    return list(conn.scalars(select(devices.c.n).where(mine[one.scope_kind]).order_by(devices.c.n)))


def _all() -> Select[Any]:
    joined = exemptions.outerjoin(withdrawals, withdrawals.c.exemption == exemptions.c.n)
    columns = [exemptions.c[name] for name in Exemption._fields[:-2]]
    return select(*columns, withdrawals.c.at, withdrawals.c.by).select_from(joined)


def _of(row: AnyRow) -> Exemption:
    return Exemption(*row)


def _period(start: Ms | None, until: Ms | None) -> list[ColumnElement[bool]]:
    where = [] if start is None else [exemptions.c.until > start]
    return where if until is None else [*where, exemptions.c.start < until]


def _touching(scope: Scope) -> ColumnElement[bool]:
    """Those that hold for any device of the scope; of a hall also where it has none."""
    if scope == EVERYTHING:
        return exemptions.c.n.is_not(None)
    mine = scope.of_devices()
    in_halls = or_(halls.c.id.in_(select(devices.c.hall).where(mine)), halls.c.id == (scope.hall or ""))
    of = {
        "device": select(devices.c.id).where(mine),
        "hall": select(halls.c.id).where(in_halls),
        "branch": select(halls.c.branch).where(in_halls, halls.c.branch.is_not(None)),
    }
    return or_(*(and_(exemptions.c.scope_kind == kind, exemptions.c.scope.in_(ids)) for kind, ids in of.items()))
