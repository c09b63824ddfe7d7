"""The terms of a vendor's score, one file a term (S2). A new one is a new file and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sla.terms import (
    availability,
    fault_count,
    fault_hours,
    late_minutes,
    late_repairs,
    missed_patrols,
    repeat_repairs,
    satisfaction,
    self_repair_rate,
    spare_not_ready,
)
from sla.terms.measure import Measure

TERMS: Final[Mapping[str, Measure]] = {
    "fault_count": fault_count.MEASURE,
    "fault_hours": fault_hours.MEASURE,
    "late_repairs": late_repairs.MEASURE,
    "late_minutes": late_minutes.MEASURE,
    "repeat_repairs": repeat_repairs.MEASURE,
    "missed_patrols": missed_patrols.MEASURE,
    "spare_not_ready": spare_not_ready.MEASURE,
    "self_repair_rate": self_repair_rate.MEASURE,
    "satisfaction": satisfaction.MEASURE,
    "availability": availability.MEASURE,
}
