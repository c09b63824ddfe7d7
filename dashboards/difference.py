"""What changes from one dashboard to another, in a few lines: panels, variables, whatever else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

OF_GRAFANA: Final = frozenset({"id", "version"})
"""What Grafana counts by itself: no difference."""

LONGEST: Final = 160


class Change(NamedTuple):
    """`sign` is + - or ~; `what` a kind of thing (`panel`, `variable`, else a key), `name` which, `keys` in what."""

    sign: str
    what: str
    name: str = ""
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line that a terminal may show: names come from Grafana, where anybody may have written them."""
        keys = f": {', '.join(self.keys)}" if self.keys else ""
        line = f"{self.sign} {self.what}{' ' if self.name else ''}{self.name}{keys}"
        return "".join(char if char.isprintable() else " " for char in line[:LONGEST])


def content(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    """A dashboard without what Grafana counts by itself."""
    return {key: value for key, value in dashboard.items() if key not in OF_GRAFANA}


def digest(dashboard: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits of the content's SHA-256."""
    text = json.dumps(content(dashboard), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The changes from `old` to `new`; none where only Grafana's own counting differs."""
    old, new = content(old), content(new)
    found = [
        *_things("panel", _panels(old), _panels(new)),
        *_things("variable", _variables(old), _variables(new)),
        *_things("annotation", _annotations(old), _annotations(new)),
    ]
    for key in sorted(old.keys() | new.keys()):
        if key not in ("panels", "templating", "annotations") and old.get(key) != new.get(key):
            found.append(Change("~", key))
    return found or ([] if old == new else [Change("~", "order")])


def _things(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(key), new.get(key)
        if before is None or after is None:
            yield Change("+" if before is None else "-", what, _name(after or before or {}))
        elif before != after:
            keys = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            yield Change("~", what, _name(after), tuple(keys))


def _name(thing: Mapping[str, Any]) -> str:
    return str(thing.get("title") or thing.get("name") or thing.get("id"))


def _panels(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    """Panels by number, those of folded rows among them."""
    found = {}
    for panel in _dicts(dashboard.get("panels")):
        inner = _dicts(panel.get("panels"))
        for one in ({key: value for key, value in panel.items() if key != "panels"}, *inner):
            found[f"{one.get('id')}"] = one
    return found


def _variables(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    return _named(dashboard.get("templating"))


def _annotations(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    return _named(dashboard.get("annotations"))


def _named(holder: object) -> dict[str, Any]:
    return {str(one.get("name")): one for one in _dicts(holder.get("list") if isinstance(holder, dict) else None)}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
