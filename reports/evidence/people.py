"""What people said that figures hang on: exemptions, findings; and when a vendor was first told (A1, S2, R2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from sla.instant import Ms
from sla.interval import Interval
from store import findings as entered
from store import planned
from store.city import City, Device
from store.month_facts import Gathered
from store.pages import EVERYTHING
from store.planned import Exemption, Wanted
from store.schema import notices

_MANY: Final = 1_000_000


def exemptions(conn: Connection, city: City, devices: Sequence[Device], month: Interval) -> list[dict[str, Any]]:
    """Maintenance and corrections within a month of these devices, their halls and branches, withdrawn ones too."""
    halls = {one.hall for one in devices}
    places = {("device", one.id) for one in devices} | {("hall", id) for id in halls}
    places |= {("branch", branch) for id in halls if (branch := city.halls[id].branch)}
    wanted = Wanted(start=month.start, until=month.until)
    some = [
        one
        for kind in ("maintenance", "correction")
        for one in planned.listed(conn, kind, EVERYTHING, wanted, None, _MANY)
    ]
    return [_exemption(one) for one in sorted(some, key=_number) if (one.scope_kind, one.scope) in places]


def _number(one: Exemption) -> int:
    return one.n


def _exemption(one: Exemption) -> dict[str, Any]:
    return {"id": one.id} | {name: value for name, value in one._asdict().items() if name not in ("n", "series")}


def findings(conn: Connection, found: Gathered) -> list[dict[str, Any]]:
    """What was found of a contract's month by `now`, with what was withdrawn since."""
    some = entered.listed(conn, found.contract.id, found.name)
    return [_finding(one, found.now) for one in some if one.recorded_at <= found.now]


def _finding(one: entered.Finding, now: Ms) -> dict[str, Any]:
    gone = one.withdrawn_at is not None and one.withdrawn_at <= now
    said = {"id": one.id, "kind": one.kind, "thing": one.thing, "total": one.total, "count": one.answers}
    said |= {"reason": one.reason, "author": one.author, "recorded_at": one.recorded_at}
    names = ("withdrawn_at", "withdrawn_by", "withdrawn_reason")
    return said | {name: getattr(one, name) if gone else None for name in names}


def told(conn: Connection, ticket: str, at: Ms | None) -> dict[str, Any] | None:
    """The notice by which a ticket's vendor was first told, at `at` (R2); None where that was none."""
    if at is None:
        return None
    mine = (notices.c.ticket == ticket) & (notices.c.state == "sent") & (notices.c.sent_at == at)
    query = select(notices.c.channel, notices.c.key).where(mine, notices.c.key.startswith("ticket/"))
    row = conn.execute(query.order_by(notices.c.id).limit(1)).one()
    return {"at": at, "channel": row.channel, "key": row.key}
