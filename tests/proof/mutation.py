"""Mutation testing of `sla/`: each small fault put into the rules must fail a test, or be argued in survivors.yaml.

In a copy of the tree, so that nothing is left behind. A survivor is known by its module, function and changed line.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from tests.proof.figures import tell
from tests.proof.mutation_groups import GROUPS

ROOT: Final = Path(__file__).parent.parent.parent
ARGUED: Final = Path(__file__).with_name("survivors.yaml")
_KILLED: Final = frozenset({1, 3, 36, 24, -24, 152, 255, 37})
"""A failing test, or one that never ends: an endless loop is noticed too."""
_NAME: Final = re.compile(r"(?P<module>[\w.]+)\.x(?:_|ǁ)(?P<function>.+)__mutmut_\d+")


class Mutant(NamedTuple):
    """One fault that no test noticed: where, the line as it was and as it is."""

    module: str
    function: str
    minus: str
    plus: str


def copied(folder: Path, modules: Sequence[str], tests: Sequence[str]) -> Path:
    """A copy of what is under version control or new, with the settings of a run."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (source := ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / name)
    settings = {
        "source_paths": ["sla"],
        "only_mutate": list(modules),
        "also_copy": ["tests", "collector", "store", "docs"],
        "pytest_add_cli_args_test_selection": list(tests),
        "pytest_add_cli_args": ["-q", "-x", "-m", "not slow", "-p", "no:cacheprovider"],
        "do_not_mutate_patterns": ["strict=True"],
        "timeout_multiplier": 2.0,  # the usual 15 would give an endless loop five minutes of each test's time
        "timeout_constant": 3.0,
    }
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write(f"\n[tool.mutmut]\n{lines}")
    return folder


def mutated(folder: Path, factor: str, processes: int) -> None:
    """Run all mutants of the copy; the results are in its folder `mutants`."""
    env = {**os.environ, "HALLWATCH_EXAMPLES": factor, "HALLWATCH_UNSHRUNK": "1"}
    with (folder / "run.log").open("w", encoding="utf-8") as log:
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes)]
        done = subprocess.run(command, cwd=folder, env=env, check=False, stdout=log, stderr=log)
    if done.returncode not in (0, 1) or not list(folder.glob("mutants/sla/**/*.meta")):
        raise SystemExit((folder / "run.log").read_text(encoding="utf-8")[-3000:])


def results(folder: Path) -> dict[str, int | None]:
    """The exit code of the tests for each mutant."""
    found: dict[str, int | None] = {}
    for meta in sorted(folder.glob("mutants/sla/**/*.meta")):
        found.update(json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"])
    return found


def shown(folder: Path, names: Iterable[str]) -> list[Mutant]:
    """What each of these mutants changes."""

    def one(name: str) -> Mutant:
        command = [sys.executable, "-W", "ignore", "-m", "mutmut", "show", name]
        diff = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
        match = _NAME.fullmatch(name)
        assert match is not None, name
        function = match["function"].replace("ǁ", ".").strip(".")
        return Mutant(match["module"], function, _side(diff, "-"), _side(diff, "+"))

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(one, names))


def _side(diff: str, sign: str) -> str:
    lines = (line[1:].strip() for line in diff.splitlines() if line.startswith(sign) and line[:3] != sign * 3)
    return " ".join(lines)


class Argument(NamedTuple):
    """Why survivors change nothing that counts: one that is named in full, or all whose changed line is `like` it."""

    exactly: Mutant | None
    like: re.Pattern[str] | None
    why: str

    def covers(self, mutant: Mutant) -> bool:
        """Whether it speaks of this one."""
        return mutant == self.exactly or (self.like is not None and self.like.search(mutant.plus) is not None)


def arguments() -> list[Argument]:
    """What was argued about the survivors that were looked at."""
    found = []
    for one in yaml.safe_load(ARGUED.read_text(encoding="utf-8")) or []:
        like = re.compile(one["like"]) if "like" in one else None
        exactly = None if like else Mutant(one["module"], one["function"], one["minus"], one["plus"])
        found.append(Argument(exactly, like, one["why"]))
    return found


def run(folder: Path, modules: Sequence[str], tests: Sequence[str], factor: str = "0.25") -> dict[str, Any]:
    """The figures of one run over these modules with these tests."""
    began = time.monotonic()
    mutated(copied(folder, modules, tests), factor, os.cpu_count() or 1)
    codes = results(folder)
    survivors = shown(folder, [name for name, code in codes.items() if code not in _KILLED])
    known = arguments()
    whys = {one: next((said.why for said in known if said.covers(one)), None) for one in survivors}
    return {
        "mutants": len(codes),
        "killed": len(codes) - len(survivors),
        "survived": len(survivors),
        "not_argued": sum(why is None for why in whys.values()),
        "modules": len({name.partition(".x")[0] for name in codes}),
        "seconds": round(time.monotonic() - began),
        "survivors": [{**one._asdict(), "why": whys[one] or "NOT ARGUED"} for one in survivors],
        "clean": None not in whys.values() and bool(codes),
    }


def together(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The figures of several runs as one."""
    counts = ("mutants", "killed", "survived", "not_argued", "modules", "seconds")
    added: dict[str, Any] = {name: sum(part[name] for part in parts) for name in counts}
    survivors = [one for part in parts for one in part["survivors"]]
    return {**added, "survivors": survivors, "clean": all(part["clean"] for part in parts)}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("groups", nargs="*", help=f"some of {', '.join(GROUPS)}; none: all")
    parser.add_argument("--factor", default="0.25", help="of each property's usual examples")
    parser.add_argument("--folder", type=Path, default=ROOT.parent / "tmp" / "mutation")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    parts = []
    for name in arguments.groups or GROUPS:
        shutil.rmtree(arguments.folder, ignore_errors=True)
        arguments.folder.mkdir(parents=True)
        group = GROUPS[name]
        parts.append(run(arguments.folder, group.paths(), group.test_paths(), arguments.factor))
        print(name, {key: value for key, value in parts[-1].items() if key != "survivors"}, flush=True)
    figures = together(parts)
    tell(figures, bool(figures["clean"]), arguments.json)


if __name__ == "__main__":
    main()
