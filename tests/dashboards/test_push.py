"""Pushing dashboards: idempotent, never over somebody's edits, every refusal with its reason."""

from __future__ import annotations

import copy
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.difference import difference
from dashboards.grafana import NoGrafana, connect
from dashboards.push import Pushed, push
from tests.dashboards.grafana_like import TOKEN, GrafanaLike, grafana_like

BOARD: dict[str, Any] = {
    "uid": "hw-city",
    "title": "City wall",
    "schemaVersion": 41,
    "panels": [
        {"id": 1, "title": "Broken now", "type": "table", "targets": [{"refId": "A", "query": "SELECT 1"}]},
        {"id": 2, "type": "row", "title": "More", "panels": [{"id": 3, "title": "Folded", "type": "stat"}]},
    ],
    "templating": {"list": [{"name": "hall", "query": "x"}]},
    "annotations": {"list": []},
}


@pytest.fixture
def grafana() -> Iterator[GrafanaLike]:
    with grafana_like() as server:
        yield server


def changed() -> dict[str, Any]:
    board = copy.deepcopy(BOARD)
    board["panels"][0]["targets"][0]["query"] = "SELECT 2"
    board["panels"].append({"id": 9, "title": "Another", "type": "stat"})
    board["panels"][1]["panels"] = []
    board["templating"]["list"][0]["query"] = "y"
    return board


def pushed(server: GrafanaLike, *boards: dict[str, Any], token: str = TOKEN, **how: bool) -> list[Pushed]:
    with connect(server.url, token, timeout_s=0.5) as grafana:
        return list(push(grafana, boards or (BOARD,), "hallwatch", **how))


def test_a_new_dashboard_goes_into_the_folder_that_is_made_for_it(grafana: GrafanaLike) -> None:
    assert [one.deed for one in pushed(grafana)] == ["new"]
    assert grafana.folders == {"hallwatch": "hallwatch"}
    assert grafana.placed == {"hw-city": "hallwatch"}
    assert grafana.dashboards["hw-city"]["panels"] == BOARD["panels"]


def test_where_nothing_differs_nothing_is_posted(grafana: GrafanaLike) -> None:
    pushed(grafana)
    grafana.posts.clear()
    assert [one.deed for one in pushed(grafana)] == ["same"]
    assert grafana.posts == []


def test_a_difference_is_told_in_a_few_lines_and_pushed_once(grafana: GrafanaLike) -> None:
    pushed(grafana)
    (one,) = pushed(grafana, changed())
    assert one.deed == "changed"
    told = [str(change) for change in one.changes]
    assert told == ["~ panel Broken now: targets", "+ panel Another", "- panel Folded", "~ variable hall: query"]
    assert [one.deed for one in pushed(grafana, changed())] == ["same"]
    assert grafana.dashboards["hw-city"]["version"] == 2


def test_a_dry_run_posts_nothing(grafana: GrafanaLike) -> None:
    assert [one.deed for one in pushed(grafana, dry=True)] == ["new"]
    assert grafana.posts == []


@pytest.mark.parametrize("plain_versions", [False, True])
def test_what_somebody_has_edited_is_left_alone_until_overwriting_is_wished(
    grafana: GrafanaLike, plain_versions: bool
) -> None:
    grafana.plain_versions = plain_versions
    pushed(grafana)
    grafana.keep(BOARD | {"title": "Mine"}, "hallwatch", "", "anna")
    (one,) = pushed(grafana)
    assert (one.deed, one.saved.by) == ("edited", "anna")
    assert grafana.dashboards["hw-city"]["title"] == "Mine"
    assert [one.deed for one in pushed(grafana, overwrite=True)] == ["changed"]
    assert grafana.dashboards["hw-city"]["title"] == "City wall"


def test_what_grafana_only_writes_down_differently_is_the_same(grafana: GrafanaLike) -> None:
    pushed(grafana)
    grafana.dashboards["hw-city"]["schemaVersion"] = 42
    grafana.posts.clear()
    assert [one.deed for one in pushed(grafana)] == ["same"]
    assert grafana.posts == []


def test_who_saves_between_looking_and_pushing_is_not_overwritten(grafana: GrafanaLike) -> None:
    pushed(grafana)
    grafana.before_save = lambda: grafana.keep(BOARD | {"title": "Mine"}, "hallwatch", "", "anna")
    (one,) = pushed(grafana, changed())
    assert one.deed == "failed"
    assert "somebody saved it meanwhile" in str(one.error)
    assert grafana.dashboards["hw-city"]["title"] == "Mine"


def test_a_dashboard_stays_in_the_folder_that_people_put_it_into(grafana: GrafanaLike) -> None:
    pushed(grafana)
    grafana.folders["wall"] = "Wall"
    grafana.placed["hw-city"] = "wall"
    pushed(grafana, changed())
    assert grafana.placed == {"hw-city": "wall"}


def test_a_provisioned_dashboard_is_told_and_the_others_go_on(grafana: GrafanaLike) -> None:
    pushed(grafana)
    grafana.provisioned.add("hw-city")
    first, second = pushed(grafana, changed(), BOARD | {"uid": "hw-hall"})
    assert (first.deed, second.deed) == ("failed", "new")
    assert "provisions" in str(first.error)


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ((404, "text/html", "<h1>nginx</h1>"), "no Grafana answers there: status 404, text/html"),
        ((200, "text/html; charset=utf-8", "<html>"), "no Grafana answers there: status 200, text/html"),
        ((502, "text/html", "Bad Gateway"), "no Grafana answers there: status 502"),
        ((500, "application/json", '{"message": "database is locked"}'), "Grafana fails (500): database is locked"),
        ((302, "text/html", "https://sso.example/?next=1"), "it sends to https://sso.example/"),
        ((403, "application/json", f'{{"message": "no {TOKEN} \\u001b[2J"}}'), "may not do that (403): no *** "),
        ((200, "application/json", "[" * 100_000), "no Grafana answers there"),
    ],
)
def test_an_answer_that_is_not_grafanas_is_named(
    grafana: GrafanaLike, instead: tuple[int, str, str], told: str
) -> None:
    grafana.instead = instead
    with pytest.raises(NoGrafana) as caught:
        pushed(grafana)
    assert told in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_wrong_token_and_a_weak_one_are_told_apart(grafana: GrafanaLike) -> None:
    with pytest.raises(NoGrafana, match=r"not known there, or has run out \(401\)"):
        pushed(grafana, token="glsa_other")
    grafana.may_write = False
    with pytest.raises(NoGrafana, match=r"needs the role Editor"):
        pushed(grafana)


def test_the_version_needs_no_token_and_a_foreign_server_has_none(grafana: GrafanaLike) -> None:
    with connect(grafana.url, "x") as asked:
        assert asked.version() == "11.6.0"
        grafana.instead = (200, "application/json", '{"status": "UP"}')
        with pytest.raises(NoGrafana, match="no Grafana answers there"):
            asked.version()


def test_nobody_there_and_no_answer_are_told_apart(grafana: GrafanaLike) -> None:
    grafana.wait_s = 0.7
    with pytest.raises(NoGrafana, match="no answer in time"):
        pushed(grafana)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{held.getsockname()[1]}"
        with connect(address, TOKEN) as asked, pytest.raises(NoGrafana, match="not reachable"):
            asked.version()


def test_what_people_wrote_in_grafana_does_nothing_to_a_terminal(grafana: GrafanaLike) -> None:
    wild = copy.deepcopy(BOARD)
    wild["panels"][0]["title"] = "\x1b[2J\x1b]0;x\x07" + "long " * 200
    wild["panels"][0]["id"] = 77
    grafana.keep(wild, "", "", "anna\x1b[31m")
    (one,) = pushed(grafana)
    told = [one.saved.by, *map(str, one.changes)]
    assert any("long" in line for line in told)
    assert all(line.isprintable() and len(line) <= 200 for line in told)


def test_a_difference_of_what_grafana_counts_is_none() -> None:
    assert difference(BOARD | {"id": 4, "version": 9}, BOARD) == []
    turned = BOARD | {"panels": list(reversed(BOARD["panels"]))}
    assert [str(change) for change in difference(BOARD, turned)] == ["~ order"]
