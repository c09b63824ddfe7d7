"""deploy/prepare: secrets, certificates, the broker's users; again and again without harm."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.broker import DEPLOY, Client, Deployed, deployed, prepare

ROOT = "hallwatch/v1"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "made"
    assert prepare(folder, "--collector", "c-01", "--name", "mqtt.example").returncode == 0
    return folder


def test_a_second_time_it_changes_nothing_and_says_nothing(made: Path) -> None:
    before = files(made)
    again = prepare(made, "--collector", "c-01", "--name", "mqtt.example")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert files(made) == before


def test_one_gateway_more_leaves_all_others_as_they_are(made: Path) -> None:
    before = files(made)
    assert prepare(made, "--collector", "c-09").returncode == 0
    after = files(made)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"broker/passwords", "broker/acl", "users/c-09/password", "users/c-09/ca.pem"}
    assert set(before["broker/passwords"].splitlines()) < set(after["broker/passwords"].splitlines())


def test_what_was_carried_away_to_its_gateway_is_not_made_anew(made: Path) -> None:
    prepare(made, "--collector", "c-10")
    before = (made / "broker" / "passwords").read_text()
    (made / "users" / "c-10" / "password").unlink()
    assert prepare(made).returncode == 0
    assert (made / "broker" / "passwords").read_text() == before


def test_nobody_else_on_the_machine_gets_at_the_secrets(made: Path) -> None:
    assert made.stat().st_mode & 0o077 == 0
    assert (made / "ca" / "ca.key").stat().st_mode & 0o077 == 0


def test_secrets_are_long_and_no_two_alike(made: Path) -> None:
    words = [path.read_text().strip() for path in (made / "secrets").iterdir() if path.name != "mosquitto_sub"]
    words = [word for word in words if word != "not-made-yet"]
    assert len(words) == len(set(words)) >= 10
    assert min(map(len, words)) >= 43


def test_git_sees_nothing_of_it() -> None:
    assert "/deploy/made/" in (DEPLOY.parent / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    "name",
    ["+", "#", "a/b", "", "a b", "a\nuser x", "hallwatch-recorder", "hallwatch-x", "vendor-v-1", "ä", "x" * 65, "$SYS"],
)
def test_no_gateway_has_a_name_that_means_more_than_itself(made: Path, name: str) -> None:
    before = files(made)
    refused = prepare(made, f"--collector={name}")
    assert refused.returncode == 1
    assert refused.stderr.startswith("prepare: collector")
    assert files(made) == before


def test_an_unknown_user_is_neither_rotated_nor_removed(made: Path) -> None:
    before = files(made)
    for what in ("--rotate", "--remove"):
        refused = prepare(made, what, "c-77")
        assert refused.returncode == 1
        assert "knows no user 'c-77'" in refused.stderr
    assert files(made) == before


def test_the_certificate_bears_every_name_it_was_ever_asked_for(made: Path) -> None:
    assert prepare(made, "--name", "10.1.2.3").returncode == 0
    shown = ["openssl", "x509", "-in", str(made / "broker" / "broker.pem"), "-noout", "-ext", "subjectAltName"]
    names = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    assert all(one in names for one in ("DNS:localhost", "DNS:mosquitto", "DNS:mqtt.example", "IP Address:10.1.2.3"))


def test_without_the_authoritys_key_there_is_no_new_certificate_but_everything_else(made: Path) -> None:
    key, away = made / "ca" / "ca.key", made.parent / "ca.key"
    key.rename(away)
    assert prepare(made, "--collector", "c-11").returncode == 0
    refused = prepare(made, "--rotate-certificate")
    assert refused.returncode == 1
    assert "put it back" in refused.stderr
    away.rename(key)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with deployed(tmp_path_factory.mktemp("rotating"), spy=False) as running:
        yield running


@pytest.mark.server
def test_another_password_for_one_gateway_shuts_the_old_one_out_and_disturbs_no_other(broker: Deployed) -> None:
    old, other = broker.password_of("c-01"), broker.client("c-02")
    assert prepare(broker.made, "--rotate", "c-01").returncode == 0
    broker.reload()
    assert Client(broker, "c-01", old).connect() == "Not authorized"
    broker.client("c-01").close()
    assert other.gone == 0
    other.close()


@pytest.mark.server
def test_a_gateway_added_while_the_broker_runs_comes_in_after_a_reload(broker: Deployed) -> None:
    assert prepare(broker.made, "--collector", "c-03").returncode == 0
    broker.reload()
    recorder, client = broker.client("hallwatch-recorder"), broker.client("c-03")
    recorder.subscribe(f"{ROOT}/obs/#")
    client.publish([f"{ROOT}/obs/c-03/P-1"])
    assert recorder.topics() == {f"{ROOT}/obs/c-03/P-1"}
    recorder.close()
    client.close()


@pytest.mark.server
def test_a_gateway_removed_while_it_is_connected_is_thrown_out(broker: Deployed) -> None:
    prepare(broker.made, "--collector", "c-04")
    broker.reload()
    client = broker.client("c-04")
    assert prepare(broker.made, "--remove", "c-04").returncode == 0
    broker.reload()
    client.wire.publish(f"{ROOT}/obs/c-04/P-1", b"{}", 1)
    assert client.topics() == set()
    assert client.gone == 1
    client.close()
    assert Client(broker, "c-04", broker.password_of("c-04")).connect() == "Not authorized"


@pytest.mark.server
def test_a_new_certificate_is_taken_without_a_restart(broker: Deployed) -> None:
    before = ssl.get_server_certificate(("127.0.0.1", broker.port))
    stays = broker.client("c-02")
    assert prepare(broker.made, "--rotate-certificate", "--days", "30").returncode == 0
    broker.reload()
    assert ssl.get_server_certificate(("127.0.0.1", broker.port)) != before
    broker.client("hallwatch-alerts").close()
    assert stays.gone == 0
    stays.close()


def test_a_further_recorder_has_a_user_and_the_rights_of_the_first(made: Path) -> None:
    assert prepare(made, "--recorder=2").returncode == 0
    blocks = dict(one.split("\n", 1) for one in (made / "broker/acl").read_text().split("\n\n") if "user " in one)
    assert blocks["user hallwatch-recorder-2"].strip() == blocks["user hallwatch-recorder"].strip()
    assert (made / "secrets/mqtt-recorder-2").exists()
    refused = prepare(made, "--recorder=b")
    assert (refused.returncode, refused.stderr) == (1, "prepare: recorder 'b': a number such as 2\n")
