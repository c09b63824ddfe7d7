"""Dashboards are built by Python; what is committed is what is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboards.build import BASE, WHERE, build, write
from dashboards.colour import GROUNDS, PALETTE, contrast


def test_what_is_committed_is_what_is_built(texts: dict[str, str]) -> None:
    committed = {str(path.relative_to(WHERE)): path.read_text("utf-8") for path in WHERE.rglob("*.json")}
    stale = sorted(path for path in texts.keys() | committed.keys() if texts.get(path) != committed.get(path))
    assert not stale, f"run `python -m dashboards.build`: {stale}"


def test_building_twice_is_the_same_text(texts: dict[str, str]) -> None:
    assert build() == texts


def test_another_address_of_the_pages_changes_nothing_else(texts: dict[str, str]) -> None:
    there = build("https://watch.example/hall/")
    for path, text in texts.items():
        assert there[path] == text.replace(BASE, "https://watch.example/hall")


def test_writing_again_changes_nothing_and_removes_what_is_no_more(tmp_path: Path, texts: dict[str, str]) -> None:
    assert write(tmp_path) == len(texts)
    (tmp_path / "metrics/zh/hw-old.json").write_text("{}")
    assert write(tmp_path) == 1


def test_both_sets_have_every_dashboard_in_both_languages(whole: dict[str, Any]) -> None:
    names = {path.removesuffix(".json").removesuffix("-en").split("/")[-1] for path in whole}
    assert names == {"hw-city", "hw-hall", "hw-device", "hw-vendors", "hw-network", "hw-supplies", "hw-self"}
    assert len(whole) == len(names) * 2 * 2
    assert all(one["uid"] == Path(path).stem for path, one in whole.items())


def test_every_colour_can_be_seen_on_dark_and_on_light() -> None:
    poor = [(one, ground) for one in PALETTE for ground in GROUNDS if contrast(one, ground) < 3]
    assert not poor
