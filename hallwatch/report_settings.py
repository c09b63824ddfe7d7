"""What `[reports]` means to the reports: what is due for whom, how it is made, targets, how the scorecard counts."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from hallwatch.compose import alert_settings, speaking
from hallwatch.reporting import Reporting
from hallwatch.settings import Reports
from hallwatch.settings_file import Loaded
from reports.intact import How
from reports.making import Ways
from reports.monthly_levels import Targets
from reports.schedule import Plan
from store.device_facts import KindPolicy


def targets_of(settings: Reports) -> Targets:
    """Which availability is to be reached."""
    overall = None if settings.target is None else Fraction(settings.target)
    return Targets(overall, {kind: Fraction(one) for kind, one in settings.targets.items()})


def how_of(settings: Reports) -> How:
    """How intact rates and the scorecard are counted (A7, P5)."""
    return How(settings.intact, settings.compare, settings.inspection)


def plan_of(loaded: Loaded) -> Plan:
    """Who gets what, and when; nobody anything where it is switched off."""
    settings, zone = loaded.settings.reports, ZoneInfo(loaded.settings.site.zone)
    if not settings.enabled:
        return Plan(zone, statements=False, day=settings.day, at=settings.at)
    return Plan(zone, settings.to, settings.branches, settings.statements, settings.day, settings.at)


def ways_of(loaded: Loaded, policies: Mapping[str, KindPolicy]) -> Ways:
    """How reports are made."""
    settings, site = loaded.settings.reports, loaded.settings.site
    language = settings.language or site.language
    zone, translate = ZoneInfo(site.zone), speaking(loaded)(language)
    return Ways(policies, zone, translate, language, settings.formats, targets_of(settings), how_of(settings))


def reporting_of(loaded: Loaded, engine: Engine, policies: Mapping[str, KindPolicy]) -> Reporting:
    """The loop that makes reports by the calendar; secrets of channels revealed."""
    most = loaded.settings.reports.attach_bytes
    return Reporting(engine, plan_of(loaded), ways_of(loaded, policies), alert_settings(loaded), most)
