"""The Dockerfile: its rules by reading it, its steps by doing them outside a container."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.broker import DEPLOY

ROOT: Final = DEPLOY.parent
LINES: Final = [
    line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.strip() and not line.startswith("#")
]
HOME: Final = "/opt/hallwatch"


def instructions(name: str, stage: str | None = None) -> list[str]:
    """The arguments of every such instruction, of one stage or of all."""
    found, here = [], ""
    for line in LINES:
        word, _, rest = line.partition(" ")
        here = rest.rpartition(" AS ")[2] if word == "FROM" else here
        if word == name and stage in (None, here):
            found.append(rest)
    return found


def test_every_base_is_pinned_and_the_same_python() -> None:
    bases = [one.split()[0] for one in instructions("FROM")]
    images = {one for one in bases if ":" in one}
    assert len(images) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", images.pop())


def test_nothing_runs_as_root() -> None:
    for stage in ("centre", "collector"):
        assert instructions("USER", stage) == ["10001:10001"]


def test_commands_are_lists_without_a_shell_around_them() -> None:
    for name in ("RUN", "CMD", "ENTRYPOINT"):
        for one in instructions(name):
            assert isinstance(json.loads(one), list)
    assert instructions("ENTRYPOINT") == ['["hallwatch"]']
    assert instructions("HEALTHCHECK")[0].count('CMD ["') == 1


def test_only_the_collectors_interpreter_may_ping() -> None:
    with_right = [one for one in instructions("RUN") if "setcap" in one]
    assert with_right == [one for one in instructions("RUN", "collector") if "setcap" in one]
    assert len(with_right) == 1
    assert "setcap cap_net_raw+ep " in with_right[0]


def test_packages_come_with_their_hashes_and_no_secret_goes_in() -> None:
    installs = [one for one in instructions("RUN") if '"install"' in one and "pip" in one]
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)
    assert not instructions("ADD") + instructions("ARG")
    assert not re.search(r"(?i)password|token|secret", "\n".join(LINES))


def test_the_build_is_given_no_secret_and_no_history() -> None:
    given = (ROOT / ".dockerignore").read_text().splitlines()
    kept = [one for one in given if one and not one.startswith("#")]
    assert kept[0] == "*"
    packages = re.search(r"^packages = (\[.+\])$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert packages is not None
    needed = {"pyproject.toml", "README.md", "LICENSE", "requirements.lock", *json.loads(packages[1])}
    assert {one[1:] for one in kept if one.startswith("!")} == needed


@pytest.mark.slow
def test_what_the_build_is_given_is_enough_for_an_installation_that_works(tmp_path: Path) -> None:
    context, home = tmp_path / "build", tmp_path / "opt"
    context.mkdir()
    for one in (ROOT / ".dockerignore").read_text().splitlines():
        source = ROOT / one[1:]
        if one.startswith("!") and source.is_dir():
            shutil.copytree(source, context / one[1:], ignore=shutil.ignore_patterns("__pycache__"))
        elif one.startswith("!"):
            shutil.copy(source, context)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    site = next((home / "lib").glob("python*")) / "site-packages"
    (site / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")  # in the place of requirements.lock
    (step,) = [one for one in instructions("RUN", "build") if "--no-index" in one]
    pip, *arguments = json.loads(step)
    assert pip == f"{HOME}/bin/pip"
    installer = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), *arguments]
    subprocess.run([*installer, "--force-reinstall", "--no-compile"], check=True, cwd=context, capture_output=True)
    shutil.rmtree(context)

    def run(*command: str | Path) -> str:
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    assert run(home / "bin" / "python", "-c", "import store; print(store.__file__)").startswith(str(home))
    token = run(
        home / "bin" / "hallwatch", "token", "create", "me", "--role", "admin"
    )  # makes a database: migrations are in the wheel
    assert len(token.split()[-1]) > 20


RAW: Final = "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); print('may ping')"


@pytest.mark.server
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file a capability")
def test_a_user_without_rights_pings_with_that_interpreter_and_only_with_the_right_in_the_container(
    open_folder: Path,
) -> None:
    """As in a container with `cap_drop: [ALL]`, `cap_add: [NET_RAW]` and a user that is not root."""
    interpreter = open_folder / "python3"
    shutil.copy(Path("/usr/bin/python3").resolve(), interpreter)

    def tried(program: Path | str, bounds: str, *more: str) -> str:
        limits = ["--reuid=10001", "--regid=10001", "--clear-groups", "--inh-caps=-all", f"--bounding-set={bounds}"]
        command = ["setpriv", *limits, *more, "env", str(program), "-c", RAW]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    assert "not permitted" in tried(interpreter, "-all,+net_raw")  # the capability alone gives such a user nothing
    subprocess.run(["setcap", "cap_net_raw+ep", str(interpreter)], check=True)
    assert tried(interpreter, "-all,+net_raw") == "may ping"
    assert "not permitted" in tried(interpreter, "-all")
    assert "not permitted" in tried(interpreter, "-all,+net_raw", "--no-new-privs")
