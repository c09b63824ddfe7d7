"""Every query of every panel, variable and annotation against real servers: rows and columns as the panel expects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.dashboards.answered import ask, faults, frames_of, view_of
from tests.dashboards.grafana import View, filled, options_of
from tests.dashboards.seeded import City

pytestmark = [pytest.mark.server, pytest.mark.slow]
Built = dict[str, Any]
SELECTIONS: dict[str, dict[str, str | tuple[str, ...]]] = {
    "all": {},
    "a branch": {"branch": "b-1"},
    "a hall": {"hall": "h-01"},
    "two halls": {"hall": ("h-01", "h-02")},
    "kinds": {"kind": ("printer", "copier", "list_printer")},
    "a vendor": {"vendor": "v-1"},
    "everything": {"branch": "b-1", "hall": "h-01", "kind": ("printer", "copier", "list_printer"), "vendor": "v-1"},
}
QUIET = {
    ("hw-supplies", "7 天内用尽"): {"a branch", "a hall", "two halls", "everything"},
    ("hw-supplies", "14 天内用尽"): {"a branch", "a hall", "two halls", "everything"},
    ("hw-supplies", "最近更换"): {"a hall", "everything"},
}
"""Where the city has nothing to say: panels by the selections under which they are rightly empty."""
HALLS = {"h-01", "h-02", "h-03", "h-04"}


def _panels(built: Built) -> Iterator[tuple[str, Any, Any]]:
    for path, dashboard in built.items():
        for panel in dashboard["panels"]:
            if panel["type"] not in ("row", "text"):
                yield path, dashboard, panel


@pytest.mark.parametrize("selection", SELECTIONS)
def test_every_panel_gets_the_rows_and_columns_that_it_expects(selection: str, seeded: City, built: Built) -> None:
    found = []
    for path, dashboard, panel in _panels(built):
        chosen = SELECTIONS[selection]
        if "/en/" in path and selection != "all":
            continue  # the same queries
        if "hw-hall" in path and isinstance(chosen.get("hall"), tuple):
            continue  # it shows one
        view = view_of(dashboard, seeded.now, **chosen)
        if selection in QUIET.get((dashboard["uid"], panel["title"]), ()):
            continue
        told = faults(panel, frames_of(seeded, panel, view), bare=selection != "all" or _one(path))
        found += [f"{path}: {panel['title']}: {one}" for one in told]
    assert not found, f"{selection}:\n" + "\n".join(found)


def _one(path: str) -> bool:
    """A dashboard of one hall or device."""
    return "hw-hall" in path or "hw-device" in path


def test_what_is_chosen_is_all_that_comes(seeded: City, built: Built) -> None:
    chosen: dict[str, str] = {"branch": "b-1", "hall": "h-01", "kind": "printer", "vendor": "v-1", "device": "PR-0101"}
    for path, dashboard, panel in _panels(built):
        view = view_of(dashboard, seeded.now, **chosen)
        for frame in frames_of(seeded, panel, view):
            for name in view.chosen.keys() & frame.columns.keys() & chosen.keys():
                assert set(frame.columns[name]) <= {chosen[name]}, (path, panel["title"], name)


def test_every_variable_offers_values_and_names(seeded: City, built: Built) -> None:
    for path, dashboard in built.items():
        view = view_of(dashboard, seeded.now)
        offered = {}
        for one in dashboard["templating"]["list"]:
            if one["type"] == "query":
                query = filled(one["query"]["query"], view)
                offered[one["name"]] = options_of(seeded.influxql(query), query, one["regex"])
                assert offered[one["name"]], (path, one["name"])
        assert set(offered.get("hall", HALLS)) == HALLS, path
        assert offered.get("hall", {"h-01": "飞鹅路营业厅"})["h-01"] == "飞鹅路营业厅"
        assert offered.get("branch", {"b-1": "柳南分公司", "b-2": "城中分公司"}) == {
            "b-1": "柳南分公司",
            "b-2": "城中分公司",
        }
        assert offered.get("vendor", {"v-1": "代维一公司"})["v-1"] == "代维一公司"
        assert {"rtt_ms", "loss", "state"}.isdisjoint(offered.get("field", {}))


def test_halls_to_choose_are_those_of_the_chosen_branch(seeded: City, built: Built) -> None:
    dashboard = built["metrics/zh/hw-city.json"]
    one = next(v for v in dashboard["templating"]["list"] if v["name"] == "hall")
    query = filled(one["query"]["query"], view_of(dashboard, seeded.now, branch="b-1"))
    assert set(options_of(seeded.influxql(query), query, one["regex"])) == {"h-01", "h-02"}


def test_every_annotation_has_its_columns(seeded: City, built: Built) -> None:
    for path, dashboard in built.items():
        view = View(
            seeded.now - 10 * 86_400_000,
            seeded.now,
            view_of(dashboard, seeded.now).chosen,
            {**view_of(dashboard, 0).every},
        )
        for one in dashboard["annotations"]["list"][1:]:
            target = one["target"]
            (frame,) = ask(seeded, target, view)
            wanted = ["time", "timeend", "text", "tags"]
            if "rawSql" not in target:
                tags = target["tagsColumn"].split(",")
                wanted = ["Time", target["timeEndColumn"], target["textColumn"], *tags]
            assert list(frame.columns)[:1] == wanted[:1]
            assert set(frame.columns) == set(wanted), path
            assert len(frame), (path, one["name"])
            ends = [end for end in frame.columns[wanted[1]] if end is not None]
            assert all(end >= start for start, end in zip(frame.columns[wanted[0]], ends, strict=True))
