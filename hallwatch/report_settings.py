"""What `[reports]` means to the reports: targets, and how the scorecard counts."""

from __future__ import annotations

from fractions import Fraction

from hallwatch.settings import Reports
from reports.intact import How
from reports.monthly_levels import Targets


def targets_of(settings: Reports) -> Targets:
    """Which availability is to be reached."""
    overall = None if settings.target is None else Fraction(settings.target)
    return Targets(overall, {kind: Fraction(one) for kind, one in settings.targets.items()})


def how_of(settings: Reports) -> How:
    """How intact rates and the scorecard are counted (A7, P5)."""
    return How(settings.intact, settings.compare, settings.inspection)
