"""What the doctor says of folders: of those that are written, not of where the settings happen to be."""

from __future__ import annotations

from pathlib import Path

from hallwatch.checkup import _folder
from hallwatch.settings_file import load


def test_settings_that_cannot_be_written_are_no_fault_where_nothing_is_written_beside_them(tmp_path: Path) -> None:
    file, state = tmp_path / "etc" / "hallwatch.toml", tmp_path / "state"
    file.parent.mkdir()
    state.mkdir()
    file.write_text(
        f'[database]\nurl = "postgresql://hallwatch@localhost/hallwatch"\n[metrics]\nurl = "influxdb://localhost"\n'
        f'queue = "{state}/queue.db"\n[collector]\nenabled = false\n'
    )
    assert [one.values["root"] for one in _folder(load(file))] == [state]


def test_a_folder_that_is_still_to_be_made_is_judged_by_its_parent(tmp_path: Path) -> None:
    file = tmp_path / "hallwatch.toml"
    file.write_text("")
    assert [one.values["root"] for one in _folder(load(file))] == [tmp_path]
    (tmp_path / "var").mkdir()
    assert [one.values["root"] for one in _folder(load(file))] == [tmp_path / "var"]


def test_a_folder_where_nothing_can_be_written_is_named_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "hallwatch.toml"
    file.write_text('[database]\nurl = "sqlite:////proc/hallwatch.db"\n')
    bad = [one for one in _folder(load(file)) if one.grade == "bad"]
    assert [one.values["root"] for one in bad] == [Path("/proc")]
