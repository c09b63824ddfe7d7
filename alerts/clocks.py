"""The repair clocks of open tickets as their warnings need them: with the contract's plan and what was reached (R6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from alerts.escalation import Plan, plan_of
from alerts.places import KindPolicy, Places
from sla.instant import Ms
from sla.marks import Mark, marks, next_mark
from sla.repair import Repair
from store import escalations
from store.cases import Cases
from store.escalations import Reached
from store.schema import tickets as rows
from store.tickets import Ticket

TICKET: Final = [rows.c[name] for name in Ticket._fields]


class Known(NamedTuple):
    """A ticket's clock with its contract's plan, and the steps that were reached."""

    plan: Plan
    repair: Repair
    reached: Mapping[str, Reached]

    def marks(self, now: Ms) -> dict[int, Ms]:
        """When each percent of the plan was reached, of those that were."""
        return dict(marks(self.repair, self.plan.contract.warn, now))

    def next_at(self, now: Ms) -> Ms | None:
        """When there is something to be said, `now` for at once; None: not as things are (R6)."""
        if self.repair.state != "running":
            return None
        reached = self.marks(now)
        found = [now for one in self.plan.steps if one.percent in reached and one.name not in self.reached]
        found += [one.due_at for one in self.reached.values() if one.state == "waiting"]
        ahead: Mark | None = next_mark(self.repair, self.plan.contract, now)
        return min([*found, *([ahead.at] if ahead else [])], default=None)


def known_of(
    conn: Connection, places: Places, policies: Mapping[str, KindPolicy], numbers: Iterable[int], now: Ms
) -> dict[int, Known]:
    """The clocks of these tickets, of those that have one."""
    some = [Ticket(*row) for row in conn.execute(select(*TICKET).where(rows.c.n.in_(list(numbers))))]
    cases = Cases.of(conn, places.city, some, policies, now)
    reached = escalations.of_tickets(conn, [one.n for one in some])
    plans: dict[str, Plan] = {}
    found = {}
    for one in some:
        repair = cases.repair(one.n, now)
        if repair is not None and repair.target is not None:
            plan = plans.get(repair.contract.id) or plan_of(places.city, repair.contract)
            plans[repair.contract.id] = plan
            found[one.n] = Known(plan, repair, reached.get(one.n, {}))
    return found
