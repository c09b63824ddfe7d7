"""S4: what stood around the edges of outages is in the pack: silences, lost facts, the hall's other devices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from reports.evidence import health
from sla.instant import MINUTE
from store.database import reading, writing
from store.schema import collector_silences, devices, gaps, outages, streams
from tests.reports import packed
from tests.reports.packed import Told


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with packed.databases(tmp_path_factory.mktemp("health")) as empty, packed.told(empty, 11) as month:
        yield month


def test_the_other_devices_of_the_hall_stand_beside_each_edge(told: Told) -> None:
    near = told.papers().facts["neighbours"]
    with reading(told.engine) as conn:
        joined = select(devices.c.id, outages.c.start, outages.c.until).join(outages, outages.c.device == devices.c.n)
        every = conn.execute(joined).all()
    assert any(one["down"] for one in near)
    for one in near:
        lasting = {row.id for row in every if row.start <= one["at"] and (row.until is None or row.until > one["at"])}
        assert one["down"] == sorted(lasting - {one["device"]})


def test_only_silences_about_an_edge_are_told(told: Told) -> None:
    edge = told.papers().facts["outages"][0]["start"]
    spans = [(-90, -20), (-90, -14), (14, 90), (20, 90), (-200, None)]
    with writing(told.engine) as conn:
        for start, until in spans:
            end = None if until is None else edge + until * MINUTE
            row = {"collector": "c-01", "start": edge + start * MINUTE, "until": end}
            conn.execute(insert(collector_silences).values(row | {"start": row["start"] + (until or 0)}))
        found = health.silences(conn, {"c-01", "c-09"}, [edge])
    assert len(found) == 3
    assert {one["collector"] for one in found} == {"c-01"}


def test_lost_numbers_are_told_where_they_lie_between_what_is_shown(told: Told) -> None:
    with writing(told.engine) as conn:
        stream = {"n": 9, "collector": "c-01", "epoch": "e", "receipt": 90, "heard_at": 1}
        conn.execute(insert(streams).values(stream))
        for first, last in ((1, 3), (12, 14), (30, 40)):
            conn.execute(insert(gaps).values({"stream": 9, "first": first, "last": last, "found_at": 7}))
        rows: list[list[Any]] = [[5, "up", 0, [], "c-01", "e", seq, ""] for seq in (10, 11, 20)]
        found = health.lost(conn, {"D": rows, "E": [[5, "up", 0, [], "c-01", None, None, ""]]})
        assert health.lost(conn, {}) == []
    assert [(one["first"], one["last"]) for one in found] == [(12, 14)]


def test_a_pack_of_no_outage_has_no_neighbours(tmp_path: Path) -> None:
    with packed.databases(tmp_path) as empty, packed.told(empty, 7) as quiet:
        with writing(quiet.engine) as conn:
            conn.execute(outages.delete())
        assert quiet.papers().facts["neighbours"] == []
