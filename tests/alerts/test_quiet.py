"""With all defaults quiet days of a city open hardly a ticket that nobody needed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from simulator.fault import Fault
from sla.instant import MINUTE
from tests.alerts.quiet_city import Month, Opened, live

DAYS: Final = 4
"""`tests.proof.quiet` lives a month."""
VENDORS: Final = frozenset({"dead", "jam", "toner_out", "application", "flapping", "service", "low_toner"})
"""What a vendor is to come for; paper and doors are the hall's, what lacks its switch or its power is nobody's."""


def useless(month: Month) -> list[Opened]:
    """Tickets without a fault that lasts (a flapping one: altogether) as long as K1 wants, or not its first."""
    found, served = [], set[Fault]()
    for one in month.tickets:
        fault = _fault(month, one)
        if fault is None or fault in served or one.state == "cancelled":
            found.append(one)
        elif fault is not None:
            served.add(fault)
    return found


def _fault(month: Month, one: Opened) -> Fault | None:
    """What the ticket is about: the fault that lasted then, or had by then within two hours (a flapping one)."""
    for fault in month.truth:
        mine = fault.device == one.device and fault.kind in VENDORS
        reach = 120 * MINUTE if fault.kind == "flapping" else 2 * MINUTE
        if mine and fault.start <= one.at <= fault.until + reach:
            return fault
    return None


def missed(month: Month) -> list[Fault]:
    """Lasting faults of a vendor within hall hours of which no ticket tells."""
    told = {_fault(month, one) for one in month.tickets}
    return [
        fault
        for fault in month.truth
        if fault.kind in ("dead", "jam", "toner_out") and fault.until - fault.start > 20 * MINUTE and fault not in told
    ]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_quiet_city_stays_under_one_useless_ticket_per_hall_and_month(tmp_path: Path) -> None:
    month = live(tmp_path, 1, days=DAYS)
    assert useless(month) == []
    assert missed(month) == []
    assert len(month.tickets) > 3
