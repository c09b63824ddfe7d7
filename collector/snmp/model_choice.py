"""Who an agent says it is (RFC 3418, IF-MIB), and the model file for it."""

from __future__ import annotations

from typing import Final, NamedTuple

from collector.kind import Kind, Match
from collector.observation import Value
from collector.reading import READERS
from collector.snmp.asker import Asker
from collector.snmp.identity import mac_of

OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"
DESCR: Final = "1.3.6.1.2.1.1.1.0"
NAME: Final = "1.3.6.1.2.1.1.5.0"
_PHYS_ADDRESS: Final = "1.3.6.1.2.1.2.2.1.6"
_INTERFACES: Final = 8
_MAX_DESCR: Final = 160


class Told(NamedTuple):
    """sysObjectID, sysDescr (its first 160 characters), sysName, and the first interface's address; "" for none."""

    object_id: str = ""
    descr: str = ""
    name: str = ""
    mac: str = ""

    @property
    def values(self) -> dict[str, Value]:
        """As values of an observation, `identity.*`; what the agent does not say is left out."""
        return {f"identity.{key}": told for key, told in self._asdict().items() if told}


async def ask_who(asker: Asker) -> Told:
    """Ask the agent who it is: one GET and one walk of at most 8 rows. Raises `NoAnswer`, OSError."""
    got = await asker.some((OBJECT_ID, DESCR, NAME))
    object_id = READERS["oid"](got.get(OBJECT_ID))
    descr, name = (READERS["text"](got.get(oid)) for oid in (DESCR, NAME))
    addresses = await asker.walk("identity.mac", _PHYS_ADDRESS, _INTERFACES) if got else []
    seen = next((address for _, raw in addresses if (address := mac_of(raw))), "")
    return Told(str(object_id or ""), str(descr or "")[:_MAX_DESCR], str(name or "")[:64], str(seen))


async def model_of(kind: Kind, told: Told, asker: Asker) -> Kind:
    """The kind of the model file that fits best, the kind itself where none does (or where it is a model's already).

    The longest prefix of sysObjectID wins, then a text of sysDescr, then an object that answers, then what was read
    last (the user's). Raises `NoAnswer`, OSError.
    """
    fits = [(rank, model) for model in kind.models if (rank := _rank(model.match, told)) is not None]
    for _, model in sorted(fits, key=lambda fit: fit[0], reverse=True):
        if model.match.answers is None or await _answers(model.match.answers, asker):
            return model
    return kind


def _rank(match: Match, told: Told) -> tuple[int, bool, bool] | None:
    """How well it fits as far as can be told without asking; None: it does not."""
    longest = max((len(prefix) for prefix in match.object_id if _beneath(told.object_id, prefix)), default=0)
    descr = told.descr.lower()
    named = any(word.lower() in descr for word in match.descr)
    if (match.object_id and not longest) or (match.descr and not named):
        return None
    return longest, named, match.answers is not None


def _beneath(object_id: str, prefix: str) -> bool:
    return object_id == prefix or object_id.startswith(prefix + ".")


async def _answers(oid: str, asker: Asker) -> bool:
    """Is there such an object, or any row of such a column?"""
    return bool(await asker.some((oid,))) or bool(await asker.walk("match.answers", oid, 1))


def who(told: Told, kind: Kind) -> dict[str, Value]:
    """The values that say who the agent is and by which model file it is asked."""
    return told.values | ({"model_file": kind.model} if kind.model else {})
