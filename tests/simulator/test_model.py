"""Model files: all of ours lay out, a bad one is refused with the place and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from collector.kind import load_kinds
from simulator.city import MODELS
from simulator.model import BadModel, Models, instance
from simulator.seeded import seeded
from simulator.source import BEHAVIOURS, BadBehaviour, source_of, work_days

KINDS = load_kinds()
DAY = 86_400_000


def made(folder: Path, **changes: object) -> Models:
    document: dict[str, object] = {"model": "X", "kinds": ["printer"], "values": {"pages": 5}} | changes
    (folder / "x.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return Models(KINDS, folder)


def test_every_model_of_a_city_gives_every_value_that_its_kind_asks_for() -> None:
    models = Models(KINDS)
    for kind, names in MODELS.items():
        for name in names:
            layout = models.layout(kind, name)
            for asked in KINDS[kind].get.values():
                assert layout.find(tuple(map(int, instance(asked, {}).split(".")))) is not None, (name, asked.name)


@pytest.mark.parametrize(
    "changes",
    [
        {"values": {"pagse": 5}},
        {"values": {"pages": "five"}},
        {"values": {"serial": 5}},
        {"values": {"pages": {"conter": {}}}},
        {"values": {"pages": {"counter": {"per_day": 5}}}},
        {"values": {"pages": {"wave": {"low": 1}}}},
        {"values": {"pages": None}},
        {"values": 5},
        {"tables": {"supply": {"1.1": {"colour": 3}}}},
        {"tables": {"supply": {"x": {"class": 3}}}},
        {"tables": {"trays": {"1": {"class": 3}}}},
        {"tables": [5]},
        {"objects": {"1.3.x": {"value": 5}}},
        {"objects": {"9.9.9": {"value": 5}}},
        {"objects": {"1.3.6.1": 5}},
        {"objects": {"1.3.6.1": {"as": "float", "value": 5}}},
        {"system": {"object_id": "none"}},
        {"max_bytes": "many"},
    ],
)
def test_a_bad_entry_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(BadModel, match=r"x\.yaml"):
        made(tmp_path, **changes).layout("printer", "X")


@pytest.mark.parametrize(
    "text", ["[]", "model: 5", "model: X", "{", "model: X\nkinds: [pc]\ncolour: red", "\udcff", "a: &a [*a]"]
)
def test_what_is_no_model_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadModel, match=r"x\.yaml"):
        Models(KINDS, tmp_path)


def test_a_model_of_another_kind_or_of_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="not of kind"):
        made(tmp_path).layout("switch", "X")
    with pytest.raises(BadModel, match="no file"):
        made(tmp_path).layout("printer", "Y")


def test_an_unknown_behaviour_names_those_that_are_known() -> None:
    with pytest.raises(BadBehaviour) as refused:
        source_of({"tonre": {}}, 1)
    assert all(name in str(refused.value) for name in BEHAVIOURS)


def test_work_is_done_in_office_hours_and_never_undone() -> None:
    midnight = 20_000 * DAY - 8 * 3_600_000
    hours = [work_days(midnight + hour * 3_600_000) for hour in range(25)]
    assert hours == sorted(hours)
    assert hours[24] - hours[0] == pytest.approx(1)
    assert hours[18] - hours[9] > 0.85


def test_chance_is_the_same_for_the_same_words() -> None:
    assert seeded("a", 1).random() == seeded("a", 1).random() != seeded("a", 2).random()
