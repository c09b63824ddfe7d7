"""With what agents are asked: by reference only, never shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from collector.target import Snmp, targets_of
from hallwatch.console import _

MOST: Final = 6
"""So many are tried at one address; each is a question that an agent may log as a failed sign-in."""
_REFERENCE: Final = re.compile(r"(env|file):.+")
_USER_KEYS: Final = ("user", "auth", "auth_key", "priv", "priv_key")


class BadCredential(Exception):
    """Credentials that cannot be used; the text never holds a secret."""


@dataclass(frozen=True, slots=True)
class Credential:
    """How to ask; `entry` is what the inventory says of it (references), None where it says it in plain text."""

    snmp: Snmp
    entry: Mapping[str, Any] | None = field(repr=False)

    @property
    def said(self) -> str:
        """For people: `v2c env:NAME`, `v3`."""
        entry = self.entry or {}
        name = entry.get("community") or entry.get("user") or ""
        return f"v{self.snmp.version} {name}".strip()


def of_options(communities: Sequence[str], users: Sequence[str], port: int, old: bool) -> list[Credential]:
    """What the command line names: communities as `env:NAME`, `file:PATH` or `public`; users as
    `user=NAME,auth=sha,auth_key=env:A,priv=aes,priv_key=env:P`. `old` asks in version 1 too. Raises `BadCredential`.
    """
    entries: list[dict[str, Any]] = []
    for community in communities:
        if community != "public" and not _REFERENCE.fullmatch(community):
            raise BadCredential(_("--community takes env:NAME or file:PATH: what stands on a command line, others see"))
        entries += [{"version": version, "community": community} for version in (("2c", "1") if old else ("2c",))]
    entries += [_user(text) for text in users]
    return [credential({**entry, "port": port}) for entry in entries]


def _user(text: str) -> dict[str, Any]:
    parts = dict(part.strip().partition("=")[::2] for part in text.split(","))
    for key, value in parts.items():
        if key not in _USER_KEYS:
            raise BadCredential(_("--user knows {known}, not {key}").format(known=", ".join(_USER_KEYS), key=key[:40]))
        if key.endswith("_key") and not _REFERENCE.fullmatch(value):
            raise BadCredential(_("--user takes {key}=env:NAME or file:PATH").format(key=key))
    return {"version": "3", **parts}


def credential(entry: Mapping[str, Any]) -> Credential:
    """The credential of an inventory's `snmp`. Raises `BadCredential`."""
    device = {"id": "x", "kind": "", "address": "127.0.0.1", "snmp": {k: v for k, v in entry.items() if v is not None}}
    target = targets_of({"devices": [device]}).targets[0]
    if target.snmp is None or target.fault is not None:
        raise BadCredential(target.fault or "")
    secrets = [entry.get(key) for key in ("community", "auth_key", "priv_key")]
    plain = any(value is not None and not _REFERENCE.fullmatch(str(value)) for value in secrets)
    return Credential(target.snmp, None if plain and entry.get("community") != "public" else entry)


def of_inventory(entries: Iterable[Mapping[str, Any]]) -> tuple[list[Credential], list[str]]:
    """Each credential of the inventory once, the most used first; and what is wrong with those that cannot be used."""
    counted: dict[Snmp, tuple[int, Credential]] = {}
    wrong: dict[str, None] = {}
    for entry in entries:
        try:
            one = credential(entry)
        except BadCredential as error:
            wrong[str(error)] = None
            continue
        counted[one.snmp] = (counted.get(one.snmp, (0, one))[0] + 1, one)
    return [one for _count, one in sorted(counted.values(), key=lambda pair: -pair[0])], list(wrong)
