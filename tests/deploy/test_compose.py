"""deploy/compose.yaml by its schema and by rules of our own; no container engine runs in the tests."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

from hallwatch.cli import COMMANDS
from hallwatch.settings import Settings
from tests.deploy.broker import DEPLOY, prepare

ROOT: Final = DEPLOY.parent
FILE: Final = DEPLOY / "compose.yaml"
SCHEMA: Final = Path("/usr/lib/python3/dist-packages/compose/config/compose_spec.json")
OURS: Final = ("recorder", "alerts", "api", "collector", "setup")
ALONE: Final = ("setup",)  # runs once and ends


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


SERVICES: Final[dict[str, dict[str, Any]]] = document()["services"]
EACH: Final = pytest.mark.parametrize("name", SERVICES)


@pytest.mark.server
def test_docker_compose_takes_it() -> None:
    program = shutil.which("docker-compose")
    assert program, "apt-get install docker-compose"
    profiles = ["--profile", "collector", "--profile", "setup"]
    done = subprocess.run(
        [program, "-f", str(FILE), *profiles, "config", "-q"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def mounted(mount: str) -> tuple[str, str, str]:
    """What is mounted where nothing is chosen by the environment, the colon, and where."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", mount).partition(":")


@pytest.mark.server
def test_it_keeps_to_the_compose_specification() -> None:
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(document())


def test_it_has_what_an_installation_needs() -> None:
    assert set(SERVICES) == {"mosquitto", "postgres", "influxdb", "grafana", *OURS}


@EACH
def test_an_image_is_pinned_to_one_version(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    if name in OURS:
        version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
        assert (image.partition("-")[0], tag) == ("hallwatch", version)
    else:
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?(-\w+)?", tag), f"{image}:{tag}"


@EACH
def test_a_service_has_a_health_check_a_memory_limit_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    if name in ALONE:
        assert (service["healthcheck"], service["restart"]) == ({"disable": True}, "no")
    else:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert {"interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])
        assert service["restart"] == "unless-stopped"
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]


@EACH
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_RAW"] if name == "collector" else [])
    assert not {"privileged", "network_mode", "pid", "ipc", "devices", "volumes_from"} & set(service)
    if name != "collector":  # whose interpreter has its one capability from its file
        assert service["security_opt"] == ["no-new-privileges:true"]
    if name not in OURS:  # ours says so in its Dockerfile
        assert service["user"].partition(":")[0] not in ("", "0", "root")


@EACH
def test_only_the_brokers_tls_port_is_for_other_machines(name: str) -> None:
    beyond = [port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")]
    assert beyond == (["8883:8883"] if name == "mosquitto" else [])


@EACH
def test_what_a_service_keeps_is_in_named_volumes_and_what_it_is_given_cannot_be_changed(name: str) -> None:
    for mount in SERVICES[name].get("volumes", []):
        source, _, rest = mounted(mount)
        if source.startswith("."):
            assert rest.endswith(":ro"), mount
        else:
            assert document()["volumes"][source]["name"] == f"hallwatch-{source}"


def test_databases_have_no_way_out() -> None:
    assert document()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "influxdb"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]


@EACH
def test_what_a_service_waits_for_is_healthy_first(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert how == {"condition": "service_healthy"}
        assert not SERVICES[other]["healthcheck"].get("disable")


def test_no_secret_stands_in_it() -> None:
    secret = re.compile(r"pass|token|secret|key|credential", re.IGNORECASE)
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if secret.search(key):
                assert re.fullmatch(r"(file:)?/run/secrets/[a-z0-9._-]+", str(value)), f"{name}: {key}"
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), f"{name}: {key}"


def test_every_secret_is_a_file_that_prepare_makes(tmp_path: Path) -> None:
    assert prepare(tmp_path / "made", "--collector", "c-01").returncode == 0
    for name, secret in document()["secrets"].items():
        assert secret.keys() == {"file"}
        assert (tmp_path / secret["file"].removeprefix("./")).is_file(), name


@EACH
def test_a_service_gets_the_secrets_that_it_uses_and_no_others(name: str) -> None:
    service = SERVICES[name]
    said = json.dumps([service.get("environment", {}), service.get("command"), service["healthcheck"]])
    used = set(re.findall(r"/run/secrets/([a-z0-9._-]+)", said))
    if name == "mosquitto":
        used = {"mosquitto_sub"}
    if name == "postgres":
        used |= set(re.findall(r"/(postgres-\w+)\"`", (DEPLOY / "postgres" / "roles.sh").read_text()))
    if name == "collector":
        used.add("snmp-community")  # the inventory's references: file:/run/secrets/snmp-community
    if name == "setup":
        used -= {"influxdb-hallwatch"}
    given = set(service.get("secrets", []))
    assert given == used
    assert given <= set(document()["secrets"])


@pytest.mark.parametrize("name", OURS)
def test_settings_of_our_services_exist(name: str) -> None:
    for variable in SERVICES[name]["environment"]:
        if variable in ("HALLWATCH_PULSE", "FORWARDED_ALLOW_IPS"):
            continue
        section, _, key = variable.removeprefix("HALLWATCH_").lower().partition("__")
        model = Settings.model_fields[section].annotation
        assert model is not None
        assert key in model.model_fields, variable


@pytest.mark.parametrize("name", OURS)
def test_commands_of_our_services_exist(name: str) -> None:
    known = {*COMMANDS, "version"}
    assert SERVICES[name]["command"][0] in known


def test_everything_that_is_mounted_is_in_the_project_or_made() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", []):
            source, _, _ = mounted(mount)
            if source.startswith(".") and not source.startswith(("./made", "./site")):
                assert (DEPLOY / source).exists(), f"{name}: {source}"
