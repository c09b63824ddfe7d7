"""What housekeeping does each minute stays small, however much was packed (T6)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from hallwatch.housekeeping import Housekeeping
from sla.instant import DAY
from store.database import reading, writing
from store.embedded_metrics import EmbeddedMetrics
from store.statement_schema import digests
from tests.reports.site import T0, Site

pytestmark = pytest.mark.slow


def test_T6_what_an_earlier_version_packed_is_looked_for_once_not_every_minute(tmp_path: Path) -> None:
    site, metrics = Site(tmp_path), EmbeddedMetrics(tmp_path / "metrics.db")
    site.saw("P-1", "u" * 30)
    house, never = Housekeeping(site.engine, metrics), threading.Event()
    house.once(T0 + 30 * DAY, never)
    assert _digested(site) == 1
    _forget(site)
    house.once(T0 + 30 * DAY, never)
    assert _digested(site) == 0
    Housekeeping(site.engine, metrics).once(T0 + 30 * DAY, never)
    assert _digested(site) == 1
    metrics.close()
    site.engine.dispose()


def _digested(site: Site) -> int:
    with reading(site.engine) as conn:
        return conn.scalar(select(func.count()).select_from(digests)) or 0


def _forget(site: Site) -> None:
    with writing(site.engine) as conn:
        conn.execute(delete(digests))
