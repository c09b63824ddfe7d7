"""One fact of a sealed evidence pack is changed, the digests made anew around it, and the verifier asked."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

from store.papers import canonical, digest_of
from tests.proof.year_checks import Checked, verified

_NOUNS: Final = ("tickets", "tickets", "outages", "observations", "contract", "seen", "exemptions", "findings")
_ANY: Final = ("calendars", "devices", "halls", "health", "kinds", "month", "neighbours", "zones")
_FACTS: Final = "facts/"
Place = tuple[Any, Any]


def trial(pack: Path, seed: int, folder: Path) -> Checked:
    """Change one fact; once the seal is left as it was, once its digest of the facts is forged, too."""
    chance = Random(f"{seed} changed")
    files = _files(pack)
    name, what = _change(chance, files)
    out = folder / f"changed-{pack.stem}-{seed}.zip"
    _forged(files, out, seal=False)
    found = verified(out)
    counted = {"facts_changed": 1, "facts_found": int(found["differing"] != 0), f"changed {name}": 1}
    if seed % 2:
        _forged(files, out, seal=True)
        by_figures = int(verified(out)["differing"] != 0)
        counted |= {
            "forged_with_the_seal": 1,
            "found_by_figures_alone": by_figures,
            f"figures found {name}": by_figures,
        }
    out.unlink()
    return Checked(counted, [] if found["differing"] else [f"{pack.name}: {what} was not found"])


def _files(pack: Path) -> dict[str, Any]:
    with zipfile.ZipFile(pack) as archive:
        raw = {name: archive.read(name) for name in archive.namelist()}
    return {name: json.loads(data) if name.endswith(".json") else data for name, data in raw.items()}


def _change(chance: Random, files: dict[str, Any]) -> tuple[str, str]:
    """Change one leaf of one noun, in place; answer the noun, and what was changed."""
    while True:
        noun = chance.choice(_NOUNS if chance.random() < 0.8 else _ANY)
        leaves = list(_leaves(files[f"{_FACTS}{noun}.json"]))
        if not leaves:
            continue
        holder, key = chance.choice(leaves)
        before = holder[key]
        holder[key] = _other(chance, before)
        return noun, f"{noun} {key}: {before!r} to {holder[key]!r}"


def _leaves(document: Any) -> Iterator[Place]:
    """Every place of a document that holds no further ones."""
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in pairs:
        if isinstance(value, dict | list) and value:
            yield from _leaves(value)
        else:
            yield document, key


def _other(chance: Random, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((-1, 1)) * chance.choice((1, 1000, 60_000, 3_600_000))
    if isinstance(value, float):
        return value + 1.5
    if value is None:
        return 1_762_000_000_000
    return f"{value}x" if isinstance(value, str) else [value]


def _forged(files: dict[str, Any], out: Path, *, seal: bool) -> None:
    """The pack with all digests made anew, up to the seal or with it."""
    made = dict(files)
    manifest = dict(made.pop("manifest.json"))
    facts = {name.removeprefix(_FACTS)[:-5]: said for name, said in made.items() if name.startswith(_FACTS)}
    manifest["facts"] = digest_of(facts)
    if seal:
        first, *others = made["seals.json"]
        first = {**first, "facts": manifest["facts"]}
        first["hash"] = digest_of({name: value for name, value in first.items() if name != "hash"})
        made["seals.json"] = [first, *others]
    raw = {name: data if isinstance(data, bytes) else canonical(data) for name, data in made.items()}
    manifest["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in raw.items()}
    manifest["root"] = digest_of(manifest["files"])
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in {**raw, "manifest.json": canonical(manifest)}.items():
            archive.writestr(name, data)
