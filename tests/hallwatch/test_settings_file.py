"""Reading settings: unknown keys name the near miss, every fault at once, the environment goes before the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hallwatch.secret import NoSecret, reveal
from hallwatch.settings_file import BadSettings, load


def write(folder: Path, text: str) -> Path:
    file = folder / "hallwatch.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_with_no_file_at_all_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load(None)
    assert loaded.settings.mqtt.url == "embedded"
    assert loaded.database_url() == f"sqlite:///{tmp_path}/var/hallwatch.db"


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLWATCH_JUDGE__CONFIRM", "4")
    loaded = load(write(tmp_path, "[judge]\nconfirm = 3\nrecover = 2\n"))
    assert (loaded.settings.judge.confirm, loaded.settings.judge.recover) == (4, 2)


def test_paths_are_meant_from_the_files_folder(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, '[collector]\noutbox = "box"\n'))
    assert loaded.path(loaded.settings.collector.outbox) == tmp_path / "box"


def test_every_fault_is_told_at_once_with_line_and_near_miss(tmp_path: Path) -> None:
    file = write(tmp_path, '[judge]\nconfrm = 3\nrecover = 0\n[htp]\n[mqtt]\nurl = "http://x"\n')
    with pytest.raises(BadSettings) as caught:
        load(file)
    found = {fault.place: (fault.line, fault.near_miss) for fault in caught.value.faults}
    assert found == {
        "judge.confrm": (2, "confirm"),
        "judge.recover": (3, None),
        "htp": (4, "http"),
        "mqtt.url": (6, None),
    }


def test_a_misspelt_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLWATCH_SITE__ZON", "UTC")
    with pytest.raises(BadSettings) as caught:
        load(write(tmp_path, ""))
    assert "HALLWATCH_SITE__ZON" in caught.value.faults[0].file
    assert caught.value.faults[0].near_miss == "zone"


@pytest.mark.parametrize(
    "text", ["[judge", "a = = 1", "\x00", '[site]\nzone = "Mars/Olympus"', '[site]\nzone = "../../etc/passwd"']
)
def test_a_bad_file_is_one_clear_fault(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSettings) as caught:
        load(write(tmp_path, text))
    assert caught.value.faults[0].reason


def test_a_file_that_is_not_there_is_one_clear_fault(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        load(tmp_path / "none.toml")


def test_durations_are_written_with_units(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, '[collector]\nrecheck = "500ms"\n[tickets]\nmerge_gap = "20m"\n'))
    assert loaded.settings.collector.recheck == 0.5
    assert loaded.settings.tickets.merge_gap == 1200


def test_secrets_are_references_and_are_never_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_MINE", "swordfish")
    loaded = load(write(tmp_path, '[mqtt]\npassword = "env:SECRET_OF_MINE"\n[mail]\nurl = "smtp://a:hush@b"\n'))
    assert reveal(loaded.settings.mqtt.password) == "swordfish"
    assert "hush" not in repr(loaded.settings)
    with pytest.raises(NoSecret, match="NOT_SET_ANYWHERE is not set"):
        reveal("env:NOT_SET_ANYWHERE")
    with pytest.raises(NoSecret, match=f"metrics.token: {tmp_path} cannot be read: Is a directory"):
        reveal(f"file:{tmp_path}", "metrics.token")


def test_a_list_in_the_environment_that_is_no_json_is_one_clear_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HALLWATCH_INVENTORY__FILES", "halls.yaml")
    with pytest.raises(BadSettings) as caught:
        load(write(tmp_path, ""))
    assert "HALLWATCH_INVENTORY__FILES" in caught.value.faults[0].file
    monkeypatch.setenv("HALLWATCH_INVENTORY__FILES", '["halls.yaml"]')
    assert load(write(tmp_path, "")).settings.inventory.files == (Path("halls.yaml"),)


def test_an_address_that_people_are_sent_to_is_a_web_address(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        load(write(tmp_path, '[http]\nurl = "javascript:alert(1)"\n'))
