"""The docs tell the truth: settings, links, dependencies and scripts, in both directions."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import distributions, packages_distributions
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel

from hallwatch.inventory import contract
from hallwatch.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def settings_keys() -> set[str]:
    keys: set[str] = set()
    for section, field in Settings.model_fields.items():
        named = get_origin(field.annotation) is dict  # a section for each name
        model = get_args(field.annotation)[1] if named else field.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        keys |= {f"{section}.{'NAME.' if named else ''}{key}" for key in model.model_fields}
    return keys


def test_every_setting_is_documented_and_no_other() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    documented = {key for row in rows for key in re.findall(r"`([a-z_]+\.(?:NAME\.)?[a-z_]+)`", row.split("|")[1])}
    assert documented == settings_keys()


def test_every_key_of_a_contract_and_every_term_is_documented_and_no_other() -> None:
    page = (ROOT / "docs/contract.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    documented = sorted(key for cell in cells for key in re.findall(r"`([a-z_0-9]+)`", cell))
    assert documented == sorted([*contract.contract(["pc"]), *contract.TERM, *contract.TERMS])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["embedded"]]
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    for entry in wanted:
        name = re.split(r"[><=;\[ ]", entry)[0]
        assert re.search(rf"^\| .*\b{re.escape(name)}\b", page, re.MULTILINE), name


def test_no_dependency_brings_a_package_with_the_name_of_a_room() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    for name, owners in packages_distributions().items():
        if name in rooms:
            assert set(owners) == {"hallwatch"}, name


def test_every_dependency_of_the_lock_file_is_pinned_with_a_hash() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text(encoding="utf-8")
        entries = re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE | re.IGNORECASE)
        assert len(entries) > 20
        assert text.count("==") == len(entries) + text.count("python_full_version ==") or "--hash=sha256:" in text
        assert not re.search(r"://", text.replace("# ", "")), "no address of a registry"


def test_the_environment_is_the_lock_files() -> None:
    pinned: dict[str, set[str]] = {}  # by Python's version there may be several
    for name, version in re.findall(
        r"^([A-Za-z0-9._-]+)==([^ \\]+)", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE
    ):
        pinned.setdefault(name, set()).add(version)
    installed = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in distributions()}
    differing = {n: (v, installed[n]) for n, v in pinned.items() if n in installed and installed[n] not in v}
    assert differing == {}


def test_scripts_are_well_formed() -> None:
    for script in (ROOT / "scripts").iterdir():
        text = script.read_text(encoding="utf-8")
        if script.is_file() and text.startswith("#!/usr/bin/env bash"):
            subprocess.run(["bash", "-n", str(script)], check=True)
            assert script.stat().st_mode & 0o111, script
