"""How much of a repair counts: the linear rule and the rectification rule [限时整改]."""

from __future__ import annotations

from sla.contract import Counting
from sla.instant import Ms
from sla.repair import Repair


def repair_ms(repair: Repair, count: Counting) -> Ms:
    """The ms of a repair in `fault_hours` (S2): all of its repair time; by `rectification` none within the target."""
    return repair.counted if count == "linear" or repair.breached else 0


def late_ms(repair: Repair, count: Counting) -> Ms:
    """The ms of a repair in `late_minutes` (S2): repair time over the target; by `rectification` all of a late one."""
    if not repair.breached or repair.target is None:
        return 0
    return repair.counted - (repair.target if count == "linear" else 0)
