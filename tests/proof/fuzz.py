"""Every property test with many times its examples: hostile bytes, shuffled facts, calendars, inventories, damage."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from tests.proof.figures import tell

ROOT = Path(__file__).parent.parent.parent


def property_files() -> list[str]:
    """The test files that use hypothesis."""
    found = (path for path in (ROOT / "tests").rglob("test_*.py") if "@given" in path.read_text(encoding="utf-8"))
    return sorted(str(path.relative_to(ROOT)) for path in found)


def run(factor: int) -> dict[str, object]:
    """Run them; the figures."""
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not server", "--timeout", "3600", *property_files()]
    env = {**os.environ, "HALLWATCH_EXAMPLES": str(factor)}
    done = subprocess.run(command, check=False, cwd=ROOT, env=env, capture_output=True, text=True)
    said = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-500:]
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", said)}
    if done.returncode:
        print(done.stdout[-4000:])
    return {
        "files": len(property_files()),
        "times_the_usual_examples": factor,
        "passed": counts.get("passed", 0),
        "failed": counts.get("failed", 0) + counts.get("error", 0),
        "seconds": round(time.monotonic() - began, 1),
        "clean": done.returncode == 0,
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--factor", type=int, default=6)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures = run(arguments.factor)
    tell(figures, bool(figures["clean"]), arguments.json)


if __name__ == "__main__":
    main()
