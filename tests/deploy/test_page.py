"""docs/deployment.md names files, services, secrets and commands that there are."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Final

import pytest
import yaml

from hallwatch.cli import COMMANDS
from tests.deploy.broker import DEPLOY, prepare

PAGE: Final = (DEPLOY.parent / "docs" / "deployment.md").read_text()
BLOCKS: Final = "\n".join(re.findall(r"```\n(.*?)```", PAGE, re.DOTALL))
SERVICES: Final = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]


def test_every_service_that_is_named_exists() -> None:
    named = re.findall(r"docker compose (?:run --rm(?: --no-deps)?|exec(?: -T)?) ([a-z]+)", BLOCKS)
    named += [name for line in re.findall(r"up -d((?: [a-z]+)+)", BLOCKS) for name in line.split()]
    assert len(named) >= 8
    assert set(named) <= set(SERVICES)


def test_every_command_of_ours_exists() -> None:
    known = {*COMMANDS, "version"}
    named = re.findall(
        r"(?:bin/hallwatch|hallwatch-do|exec recorder hallwatch|run --rm(?: --no-deps)? api) ([a-z]+)", BLOCKS
    )
    assert len(named) >= 8
    assert set(named) <= known


def test_every_secret_that_is_named_is_made(tmp_path: Path) -> None:
    assert prepare(tmp_path / "made", "--collector", "c-02").returncode == 0
    for name in re.findall(r"made/((?:secrets|users|ca|broker)/[\w./*-]+\w)", PAGE):
        assert list((tmp_path / "made").glob(f"{name}*" if name.endswith("postgres") else name)), name


def test_every_file_that_is_installed_exists() -> None:
    for name in re.findall(
        r"(deploy/(?:systemd/)?[\w.-]+\.(?:toml|yaml|conf|sysusers)|deploy/systemd/hallwatch-do)", PAGE
    ):
        assert (DEPLOY.parent / name).exists(), name


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as another user")
def test_hallwatch_do_hands_secrets_on_in_the_environment_alone(open_folder: Path) -> None:
    etc, program = open_folder / "etc", open_folder / "program"
    (etc / "secrets").mkdir(parents=True)
    for name in ("postgres-hallwatch", "influxdb-hallwatch"):
        (etc / "secrets" / name).write_text(f"{name}'s secret\n")
    (etc / "secrets").chmod(0o700)
    program.write_text(
        '#!/bin/sh\nid -un; echo "$@"; echo "$HALLWATCH_DATABASE__PASSWORD, $HALLWATCH_METRICS__TOKEN"; pwd\n'
    )
    program.chmod(0o755)
    here = {"HALLWATCH_ETC": etc, "HALLWATCH_STATE": "/tmp", "HALLWATCH_USER": "nobody", "HALLWATCH_BIN": program}
    environment = {**os.environ, **{name: str(value) for name, value in here.items()}}
    done = subprocess.run(
        [DEPLOY / "systemd" / "hallwatch-do", "token", "create", "me"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "nobody",
        f"token create me -c {etc}/hallwatch.toml",
        "postgres-hallwatch's secret, influxdb-hallwatch's secret",
        "/tmp",
    ]
