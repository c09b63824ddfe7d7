"""What a person enters for a month of a contract: patrols missed, spares not ready, surveys (S2).

Recorded, never edited; a withdrawal is a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple, get_args

from sqlalchemy import Connection, Select, select

from sla.facts import Survey
from sla.instant import Ms
from store.statement_schema import finding_withdrawals, findings
from store.upsert import insert_or_ignore

Kind = Literal["missed_patrol", "spare_not_ready", "survey"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class New(NamedTuple):
    """What somebody found: `thing` says which visit, spare or survey; of a survey the sum of its `answers`."""

    contract: str
    month: str
    kind: Kind
    thing: str
    reason: str
    author: str
    total: Decimal | None = None
    answers: int | None = None


class Finding(NamedTuple):
    """One as it is recorded (instants in ms), with its withdrawal where it was withdrawn."""

    n: int
    contract: str
    month: str
    kind: Kind
    thing: str
    total: str | None
    answers: int | None
    reason: str
    author: str
    recorded_at: Ms
    withdrawn_at: Ms | None = None
    withdrawn_by: str | None = None
    withdrawn_reason: str | None = None

    @property
    def id(self) -> str:
        """Its name outside."""
        return f"F-{self.n:06d}"

    def stands(self, now: Ms) -> bool:
        """Whether it counts by what was recorded at `now`."""
        return self.recorded_at <= now and (self.withdrawn_at is None or self.withdrawn_at > now)


def record(conn: Connection, new: New, now: Ms) -> Finding:
    """Append one, entered at `now`."""
    total = None if new.total is None else f"{new.total:f}"
    row = new._asdict() | {"total": total, "count": new.answers, "recorded_at": now}
    del row["answers"]
    n: int = conn.execute(findings.insert().values(row).returning(findings.c.n)).scalar_one()
    return _known(conn, n)


def withdraw(conn: Connection, n: int, by: str, reason: str, now: Ms) -> Finding:
    """From now on it counts as if it never was; a second time changes nothing."""
    row = {"finding": n, "at": now, "by": by, "reason": reason}
    conn.execute(insert_or_ignore(conn, finding_withdrawals).values(row))
    return _known(conn, n)


def find(conn: Connection, contract: str, month: str, n: int) -> Finding | None:
    """The one of this number, None where it is not of that month of that contract."""
    row = conn.execute(_of(contract, month).where(findings.c.n == n)).one_or_none()
    return None if row is None else Finding(*row)


def listed(conn: Connection, contract: str, month: str) -> list[Finding]:
    """All of a contract's month, withdrawn ones too, in the order of their entry."""
    return [Finding(*row) for row in conn.execute(_of(contract, month).order_by(findings.c.n))]


def things(some: Iterable[Finding], kind: Kind) -> tuple[str, ...]:
    """What those of a kind name."""
    return tuple(one.thing for one in some if one.kind == kind)


def survey(some: Iterable[Finding]) -> Survey | None:
    """All answers of the surveys together; None without one (S2)."""
    asked = [one for one in some if one.kind == "survey"]
    if not asked:
        return None
    total = sum((Fraction(one.total or 0) for one in asked), Fraction(0))
    return Survey(total, sum(one.answers or 0 for one in asked))


def standing(conn: Connection, contract: str, month: str) -> list[Finding]:
    """Those of a contract's month that were not withdrawn."""
    return [one for one in listed(conn, contract, month) if one.withdrawn_at is None]


def _known(conn: Connection, n: int) -> Finding:
    return Finding(*conn.execute(_all().where(findings.c.n == n)).one())


def _of(contract: str, month: str) -> Select[Any]:
    return _all().where(findings.c.contract == contract, findings.c.month == month)


def _all() -> Select[Any]:
    own = [findings.c["count" if name == "answers" else name] for name in Finding._fields[:10]]
    gone = [finding_withdrawals.c[name] for name in ("at", "by", "reason")]
    joined = findings.outerjoin(finding_withdrawals, finding_withdrawals.c.finding == findings.c.n)
    return select(*own, *gone).select_from(joined)
