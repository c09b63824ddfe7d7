"""The command line as people use it: clear messages, exit codes, nothing half done."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from socket import AF_INET, SOCK_DGRAM, create_server, socket

import pytest
from typer.testing import CliRunner, Result

from hallwatch import cli
from hallwatch.running import alone
from hallwatch.settings_file import load
from tests.proof.process import free_port

HALLS = """
calendars: {always: {zone: UTC, week: {mon-sun: ["00:00-24:00"]}}}
branches: [{id: b, name: B}]
halls: [{id: h-1, name: H, branch: b, kind: own, calendar: always}]
vendors: [{id: v-1, name: V, notify: []}]
devices:
  - {id: P-0001, kind: printer, hall: h-1, address: 127.9.9.9, vendor: v-1, checks: ["tcp:9"]}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "halls.yaml").write_text(HALLS)
    (tmp_path / "hallwatch.toml").write_text('[inventory]\nfiles = ["halls.yaml"]\n')
    return tmp_path


def say(*words: str) -> Result:
    return CliRunner().invoke(cli.app_of(cli.COMMANDS), list(words), catch_exceptions=False)


def said_by_main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Exit code and standard error of the whole program."""
    monkeypatch.setattr(sys, "argv", ["hallwatch", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), capsys.readouterr().err


def test_check_finds_nothing_in_good_files() -> None:
    assert say("check", "hallwatch.toml", "halls.yaml").exit_code == 0


def test_check_tells_every_fault_with_its_line_and_exits_with_1(folder: Path) -> None:
    (folder / "halls.yaml").write_text(HALLS.replace("printer", "priner").replace("vendor: v-1", "vendor: v-2"))
    found = say("check", "--json", "halls.yaml")
    assert found.exit_code == 1
    faults = json.loads(found.stdout)
    assert {(fault["line"], fault["near_miss"]) for fault in faults} >= {(7, "printer")}
    assert len(faults) == 2


def test_import_shows_the_difference_and_a_dry_run_changes_nothing() -> None:
    dry = say("import", "--dry-run", "halls.yaml")
    assert dry.exit_code == 0
    assert "P-0001" in dry.stdout
    assert "P-0001" in say("import", "halls.yaml").stdout
    assert "P-0001" not in say("import", "halls.yaml").stdout


@pytest.mark.slow
def test_a_faulty_import_is_refused_whole(folder: Path) -> None:
    say("import", "halls.yaml")
    (folder / "halls.yaml").write_text(HALLS.replace("id: P-0001, kind: printer", "id: P-0002, kind: nothing"))
    assert say("import", "halls.yaml").exit_code == 1
    (folder / "halls.yaml").write_text(HALLS)
    assert "P-000" not in say("import", "--dry-run", "halls.yaml").stdout


def test_a_variable_that_is_not_set_is_told_with_its_line_and_its_devices(folder: Path) -> None:
    without = HALLS.replace('checks: ["tcp:9"]', "snmp: {version: 2c, community: env:NOT_SET}")
    (folder / "few.yaml").write_text("devices: []\n")
    (folder / "halls.yaml").write_text(without)
    found = say("check", "few.yaml", "halls.yaml").output
    assert "halls.yaml:7: warning: snmp: the variable NOT_SET is not set here" in found
    assert "cannot ask P-0001" in found


def test_poll_says_what_to_do_next(folder: Path) -> None:
    with socket(AF_INET, SOCK_DGRAM) as mute, create_server(("127.0.0.1", 0)) as door:
        mute.bind(("127.0.0.1", 0))
        snmp = f"address: 127.0.0.1, snmp: {{port: {mute.getsockname()[1]}, community: public}}"
        here = HALLS.replace("printer", "pc").replace("address: 127.9.9.9", snmp)
        (folder / "halls.yaml").write_text(here.replace("tcp:9", f'tcp:{door.getsockname()[1]}", "snmp'))
        silent = say("poll", "P-0001", "--within", "0.3").stdout
        (folder / "halls.yaml").write_text(here.replace("tcp:9", 'snmp", "mqtt'))
        assert "reaches its running collector only" in say("poll", "P-0001", "--within", "0.2").stdout
    assert "→ timeout  (" in silent
    assert "check community, version and port" in silent
    (folder / "halls.yaml").write_text(HALLS.replace('"tcp:9"', "mqtt"))
    assert "It observes itself by MQTT" in say("poll", "P-0001").stdout


def test_a_token_is_printed_once_as_the_last_word(folder: Path) -> None:
    made = say("token", "create", "me", "--role", "admin")
    assert f"for the database {folder}/var/hallwatch.db." in made.stderr
    token = made.stdout.split()[-1]
    assert re.fullmatch(r"hw_[\w-]{43}", token)
    assert token not in say("token", "list").stdout
    assert say("token", "create", "me", "--role", "admin").exit_code == 1
    assert say("token", "revoke", "me").exit_code == 0
    assert say("token", "revoke", "me").exit_code == 1


@pytest.mark.slow
@pytest.mark.parametrize("role", ["king", "vendor:", "hall", "admin:x", ""])
def test_a_role_that_does_not_exist_is_refused(role: str) -> None:
    assert say("token", "create", "me", "--role", role).exit_code == 1


def test_poll_explains_how_the_verdict_came_about() -> None:
    polled = say("poll", "P-0001", "--json", "--within", "1")
    document = json.loads(polled.stdout)
    assert document["state"] == "down"
    assert document["steps"]
    assert any("O2" in line for line in document["why"])
    assert "tcp:9" in say("poll", "P-0001", "--within", "1").stdout


def test_poll_of_an_unknown_device_names_the_near_miss() -> None:
    found = say("poll", "P-0010")
    assert found.exit_code == 1
    assert "P-0001" in found.output


def test_doctor_says_what_is_missing_and_exits_with_1(folder: Path) -> None:
    (folder / "hallwatch.toml").write_text(f'[mqtt]\nurl = "mqtt://127.0.0.1:{free_port()}"\n')
    found = say("doctor", "--json")
    assert found.exit_code == 1
    grades = {one["what"]: one["grade"] for one in json.loads(found.stdout)}
    assert grades["inventory"] == "bad"
    assert grades["broker"] == "bad"
    assert "ping" in grades


def test_doctor_names_collectors_that_were_never_heard() -> None:
    def told() -> list[str]:
        return [one["said"] for one in json.loads(say("doctor", "--json").stdout) if one["what"] == "collector"]

    assert told() == []
    assert say("import", "halls.yaml").exit_code == 0
    assert [one.split(":")[0] for one in told()] == ["c-01"]
    assert "never heard" in told()[0]


def test_doctor_asks_for_no_ping_where_nothing_is_polled(folder: Path) -> None:
    (folder / "hallwatch.toml").write_text("[collector]\nenabled = false\n")
    assert "ping" not in {one["what"] for one in json.loads(say("doctor", "--json").stdout)}


def test_beyond_loopback_nothing_listens_without_a_token(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "hallwatch.toml").write_text(
        f'[http]\nlisten = "0.0.0.0:{free_port()}"\n[mqtt]\nurl = "mqtt://127.0.0.1:{free_port()}"\n'
    )
    code, told = said_by_main(monkeypatch, capsys, "api")
    assert code == 1
    assert "token" in told


@pytest.mark.parametrize(
    "words",
    [
        ("up", "-c", "none.toml"),
        ("check", "none.yaml"),
        ("import", "none.yaml"),
        ("demo", "--folder", "."),
        ("simulate", "--scenario", "none"),
        ("simulate", "--halls", "10", "--devices", "5"),
        ("poll",),
        ("nonsense",),
    ],
)
def test_a_users_mistake_is_one_clear_message(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = said_by_main(monkeypatch, capsys, *words)
    assert code in (1, 2)
    assert told.strip()
    assert "Traceback" not in told


def test_a_database_that_is_none_is_one_clear_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "var").mkdir()
    (folder / "var" / "hallwatch.db").write_bytes(b"this is no database" * 100)
    code, told = said_by_main(monkeypatch, capsys, "token", "list")
    assert code == 1
    assert "hallwatch.db" in told


def test_a_folder_of_kinds_that_is_not_there_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "hallwatch.toml").write_text('[collector]\nkinds = "none"\n')
    code, told = said_by_main(monkeypatch, capsys, "check", "hallwatch.toml")
    assert code == 1
    assert "collector.kinds" in told


def test_a_secret_that_is_not_set_here_is_a_warning_of_check(folder: Path) -> None:
    (folder / "halls.yaml").write_text(HALLS.replace('checks: ["tcp:9"]', 'snmp: {community: "env:NOT_SET_ANYWHERE"}'))
    found = say("check", "--json", "halls.yaml")
    assert found.exit_code == 0
    assert "NOT_SET_ANYWHERE" in found.stdout


def test_a_file_that_lost_its_devices_is_not_taken_at_the_start_unasked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more = "".join(
        f"  - {{id: P-{n}, kind: printer, hall: h-1, address: 127.9.9.{n}, checks: [icmp]}}\n" for n in range(1, 9)
    )
    (folder / "halls.yaml").write_text(HALLS + more)
    assert say("import", "halls.yaml").exit_code == 0
    (folder / "halls.yaml").write_text(HALLS)
    code, told = said_by_main(monkeypatch, capsys, "recorder")
    assert code == 1
    assert "would remove 8 of 9 devices" in told


def test_a_second_up_in_the_folder_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(load(folder / "hallwatch.toml")):
        code, told = said_by_main(monkeypatch, capsys, "up")
    assert code == 1
    assert "another" in told


def test_a_command_imports_what_it_needs_alone() -> None:
    seen = "import sys; from hallwatch import cli; cli.app_of(()); print(*{'api', 'sqlalchemy'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout.strip() == ""
