"""Makers' files: each names its source and what is not known; public recordings are read as they say (C2, C3)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from api.printed import printed
from collector.kind import MODELS, load_kinds
from collector.poll import Polled
from collector.reading import Raw
from collector.walkfile.file import Walk, walk_of
from hallwatch.walked import judged, target_of_walk
from sla.supplies import Supply, supplies_of
from tests.collector.kinds import recordings

KINDS = load_kinds()
MAKERS = [kind for kind in KINDS["printer"].models if kind.model]


def told(objects: Mapping[str, Raw], kind: str = "printer") -> tuple[Polled, dict[str, Supply]]:
    seen = asyncio.run(judged(Walk(objects, "snmprec"), target_of_walk("P-1", kind, None), KINDS[kind], 0))
    return seen, {one.description.split(",")[0]: one for one in supplies_of(seen.values)}


@pytest.mark.parametrize("file", sorted(MODELS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_file_says_where_it_has_it_from(file: Path) -> None:
    comment = " ".join(line for line in file.read_text("utf-8").splitlines() if line.startswith("#"))
    assert any(word in comment for word in ("MIB", "RFC", "recording", "issue", "print server")), comment


@pytest.mark.parametrize("maker", MAKERS, ids=lambda kind: str(kind.model))
def test_a_makers_file_says_in_both_languages_what_is_not_known(maker: object) -> None:
    notes = maker.notes  # type: ignore[attr-defined]
    assert set(notes) == {"zh", "en"}


def test_no_two_makers_claim_one_object_id() -> None:
    claimed = [prefix for kind in MAKERS for prefix in kind.match.object_id]
    assert len(claimed) == len(set(claimed))


def test_C2_C3_the_recorded_Sharp() -> None:
    seen, supplies = told(recordings.SHARP, "copier")
    assert (seen.state, seen.conditions, seen.values["model_file"]) == ("degraded", ("lowToner",), "sharp")
    assert seen.values["pages_black"] + seen.values["pages_colour"] == seen.values["pages"]  # type: ignore[operator]
    assert supplies["Magenta Toner"].percent == 19.0
    waste = supplies["Waste Toner"]
    assert (waste.is_receptacle, waste.quality, waste.percent) == (True, "exact", None)
    assert (supplies["Fusing Unit"].quality, supplies["Fusing Unit"].percent) == ("unknown", None)


def test_C3_the_recorded_Xerox_has_capacities_of_its_own() -> None:
    seen, supplies = told(recordings.XEROX)
    assert (seen.state, supplies["Black Toner"].percent, supplies["Waste Toner Container"].percent) == ("up", 20.0, 5.0)
    assert supplies["Waste Toner Container"].is_receptacle


def test_C2_the_recorded_Epson_says_no_octets_and_a_warning() -> None:
    seen, supplies = told(recordings.EPSON)
    assert (seen.state, seen.values["errors"], supplies["Black Ink Supply Unit"].percent) == ("up", "", 1.0)


def test_C3_the_recorded_Brother_and_Kyocera_say_some() -> None:
    _, brother = told(recordings.BROTHER)
    _, kyocera = told(recordings.KYOCERA)
    assert [one.quality for one in brother.values()] == ["some", "exact"]
    assert kyocera["TK-895C"].percent == 71.0
    assert (kyocera["Waste Toner Box"].quality, kyocera["Waste Toner Box"].percent) == ("some", None)


def test_C3_the_recorded_Ricoh_says_more_in_its_own_table() -> None:
    _, ricoh = told(recordings.RICOH, "copier")
    assert {name: one.percent for name, one in ricoh.items()} == {"Black Toner": 30.0, "Yellow Toner": 0.0}


def test_C2_the_recorded_Kyocera_says_low_toner_in_one_octet_that_is_a_blank() -> None:
    """ECOSYS M8130cidn (centreon-plugins issue 2784): `STRING: " "`, read elsewhere as a jam."""
    text = b'.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.1347.41\n.1.3.6.1.2.1.25.3.5.1.2.1 = STRING: " "\n'
    seen, _ = told(walk_of(text).objects)
    assert (seen.state, seen.conditions) == ("degraded", ("lowToner",))


def test_trays_without_a_name_have_their_description() -> None:
    seen, _ = told(recordings.XEROX, "copier")
    assert [line.name for line in printed(seen.values, str).inputs] == ["Tray 1", "Tray 2", "Tray 3"]


def test_alerts_that_are_never_taken_away_say_nothing_of_a_printer_that_warns_for_ever() -> None:
    seen, _ = told(recordings.STALE)
    assert (seen.state, seen.conditions, seen.values["alert.3.code"]) == ("up", (), 501)
