"""Builds every dashboard of both sets in both languages: `python -m dashboards.build` writes dashboards/json/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, get_args

from dashboards.table import DASHBOARDS
from dashboards.target import Store
from dashboards.text import LANGUAGES, Json, spoken

BASE: Final = "http://127.0.0.1:8080"
"""The service's address unless another is given."""
WHERE: Final = Path(__file__).parent / "json"
STORES: Final[tuple[Store, ...]] = get_args(Store)


def _written(tree: Json) -> str:
    return json.dumps(tree, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def build(base: str = BASE) -> dict[str, str]:
    """All dashboards: JSON text by path, such as `metrics/zh/hw-city.json`. `base` is where the service's pages are."""
    built: dict[str, str] = {}
    for store in STORES:
        for dashboard in DASHBOARDS:
            tree = dashboard(store, base.rstrip("/")).tree()
            for language in LANGUAGES:
                plain = spoken(tree, language)
                if not isinstance(plain, dict):
                    raise TypeError(dashboard)
                built[f"{store}/{language}/{plain['uid']}.json"] = _written(plain)
    return built


def write(where: Path = WHERE) -> int:
    """Write what `build` says and remove what it does not say; answers how many files changed."""
    built = build()
    before = {str(path.relative_to(where)): path.read_text("utf-8") for path in where.rglob("*.json")}
    for name in before.keys() - built.keys():
        (where / name).unlink()
    changed = [name for name, text in built.items() if before.get(name) != text]
    for name in changed:
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_text(built[name], "utf-8")
    return len(changed) + len(before.keys() - built.keys())


if __name__ == "__main__":
    print(f"{write()} files changed")
