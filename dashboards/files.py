"""All that is built, as files: dashboards of some sets and languages, and Grafana's provisioning."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, get_args

from dashboards import provisioning
from dashboards.build import BASE, build
from dashboards.grafana import N_, Document
from dashboards.target import Store
from dashboards.text import LANGUAGES

BOARDS: Final = "dashboards/json"
PROVISIONING: Final = "deploy/grafana"
"""Where both are in the source tree; elsewhere they are `json` and `provisioning` in one folder."""
Differs = Literal["missing", "other", "more"]


class Choice(NamedTuple):
    """Some of the dashboards, with the address of hallwatch's pages in their links."""

    stores: tuple[str, ...]
    languages: tuple[str, ...]
    base: str

    @classmethod
    def of(cls, store: str | None = None, language: str | None = None, base: str = BASE) -> Choice:
        """All where None. Raises ValueError with an English text."""
        if store not in (None, *get_args(Store)):
            raise ValueError(N_("--set: metrics or sql"))
        if language not in (None, *LANGUAGES):
            raise ValueError(N_("--language: zh or en"))
        if not base.startswith(("http://", "https://")) or any(one in base for one in "$\"'<> "):
            raise ValueError(N_("--base: an address such as https://hallwatch.example"))
        stores = (store,) if store else get_args(Store)
        return cls(stores, (language,) if language else LANGUAGES, base)

    def boards(self) -> dict[str, str]:
        """JSON texts by path, such as `metrics/zh/hw-city.json`."""
        wanted = tuple(f"{store}/{language}/" for store in self.stores for language in self.languages)
        return {name: text for name, text in _built(self.base).items() if name.startswith(wanted)}

    def documents(self) -> list[Document]:
        """The dashboards themselves, in the order of their paths."""
        return [json.loads(text) for _, text in sorted(self.boards().items())]


@cache
def _built(base: str) -> Mapping[str, str]:
    return build(base)


def files(choice: Choice | None = None) -> dict[str, str]:
    """Texts by path in the source tree."""
    chosen = choice or Choice.of()
    found = {f"{BOARDS}/{name}": text for name, text in chosen.boards().items()}
    return found | {f"{PROVISIONING}/{name}": text for name, text in provisioning.files(chosen.base).items()}


def _at(where: Path, name: str, bare: bool) -> Path:
    if bare:
        name = name.replace(f"{BOARDS}/", "json/", 1).replace(f"{PROVISIONING}/", "provisioning/", 1)
    return where / name


def write(wanted: Mapping[str, str], where: Path, *, bare: bool) -> list[str]:
    """Write what differs; answers the paths. `bare` where the folder is not the source tree. Raises OSError."""
    changed = []
    for name, text in wanted.items():
        path = _at(where, name, bare)
        if _read(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            changed.append(str(path))
    return changed


def differing(wanted: Mapping[str, str], where: Path, *, bare: bool) -> Iterator[tuple[str, Differs]]:
    """The files of a folder that are not what is built, and how: `more` are not built at all."""
    paths = {_at(where, name, bare): text for name, text in wanted.items()}
    for path, text in paths.items():
        found = _read(path)
        if found != text:
            yield str(path), "missing" if found is None else "other"
    for folder, kind in ((BOARDS, "*.json"), (PROVISIONING, "*.yaml")):
        for path in sorted(_at(where, f"{folder}/", bare).rglob(kind)):
            if path not in paths:
                yield str(path), "more"


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
