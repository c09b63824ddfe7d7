"""Examples of states, hours and figures as the files in `examples/` tell them, made into facts for `sla`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from sla.calendar import Calendar
from sla.clock import ALWAYS, Clock
from sla.interval import Interval
from sla.judge import Confirmation, judge
from sla.opening import GRACE_MS
from sla.owners import Owner, Policy
from sla.parents import Ancestor, unreachable
from sla.seen import Seen, distinct
from sla.spans import DeviceFacts, Planned
from tests.sla.example_notation import Wall, length, listed

FOLDER: Final = Path(__file__).parent / "examples"
LETTERS: Final = "tocak"
"""Of the files that are read here; the others have a reader of their own."""

_FILE_KEYS: Final = {"rule", "about", "setting", "examples"}
_GIVEN: Final = {
    *("zone", "date", "hours", "interval", "confirm", "recover", "kind", "vendor", "conditions", "grace", "profile"),
    *("min_coverage", "silence", "ticket_after", "period", "now", "commissioned", "retired", "seen", "parents"),
    *("maintenance", "corrections", "devices", "supply", "levels", "readings", "bits", "claim", "staff", "count_at"),
}


@dataclass(frozen=True, eq=False)
class Example:
    """One example: `given` is the file's setting with the example's own facts laid over it."""

    id: str
    says: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]

    def text(self, key: str, usual: str = "") -> str:
        """A given text, with no more than one space between its words."""
        return " ".join(str(self.given.get(key, usual)).split())

    @cached_property
    def wall(self) -> Wall:
        """The clock on the wall of the hall."""
        return Wall(ZoneInfo(self.text("zone", "Asia/Shanghai")), date.fromisoformat(self.text("date", "2026-10-12")))

    @cached_property
    def clock(self) -> Clock:
        """The hall's hours; open at all times where the example says nothing of them."""
        hours = self.given.get("hours", "always")
        return (
            ALWAYS
            if hours == "always"
            else Calendar.parse({"zone": self.text("zone", "Asia/Shanghai"), **hours}).clock()
        )

    @property
    def period(self) -> tuple[int, int]:
        """The period that is asked about."""
        return self.wall.span(self.text("period"))

    @property
    def now(self) -> int:
        """The end of the period unless the example says when it is read."""
        return self.wall.instant(self.text("now")) if "now" in self.given else self.period[1]

    @cached_property
    def devices(self) -> dict[str, Example]:
        """Each of several devices as an example of its own."""
        return {
            name: Example(f"{self.id} {name}", self.says, {**self.given, **own}, {})
            for name, own in self.given["devices"].items()
        }


Check = Callable[[Example, Any], None]
"""Compares one expected figure with what `sla` says."""


@cache
def read() -> tuple[Example, ...]:
    """All examples of these letters; every scalar is text, a key that nobody knows is an error."""
    return tuple(one for path in sorted(FOLDER.glob(f"[{LETTERS}]_*.yaml")) for one in _examples(path))


def asking(checks: Mapping[str, Check]) -> list[Example]:
    """The examples that expect something which one of the checks can tell."""
    return [one for one in read() if any(key in checks for key in one.expect)]


def prove(example: Example, checks: Mapping[str, Check]) -> None:
    """Check what the example expects, as far as these checks know of it."""
    for key, expected in example.expect.items():
        if key in checks:
            checks[key](example, expected)


def load(path: Path) -> Any:
    """A file's document; every scalar is text, so that 10:00 and 2026-10-01 are what was written."""
    return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))


def _examples(path: Path) -> Iterator[Example]:
    document = load(path)
    _known(path.name, document, _FILE_KEYS)
    for one in document["examples"]:
        given = {**document.get("setting", {}), **one}
        id, says, expect = given.pop("id"), given.pop("says"), given.pop("expect")
        for facts_ in (given, *given.get("devices", {}).values()):
            _known(f"{path.name} {id}", facts_, _GIVEN)
        if id.split("-")[0] != document["rule"]:
            raise ValueError(f"{path.name}: {id} is no example of {document['rule']}")
        yield Example(id, says, given, expect)


def _known(place: str, document: Mapping[str, Any], keys: set[str]) -> None:
    if unknown := set(document) - keys:
        raise ValueError(f"{place}: nobody knows {', '.join(sorted(unknown))}")


def seen_of(example: Example) -> list[Seen]:
    """What had been seen of the device by now."""
    return _by_now(example, example.text("seen"))


def rule_of(example: Example) -> Confirmation:
    """How outages are confirmed and ended (O3)."""
    return Confirmation(int(example.text("confirm", "2")), int(example.text("recover", "1")))


def policy_of(example: Example) -> Policy:
    """Whose conditions are, and which stop the device: `jammed: vendor, stopping`."""
    owners: dict[str, Owner] = {}
    stopping: set[str] = set()
    for word, text in example.given.get("conditions", {}).items():
        owner, *more = listed(text)
        owners[word] = owner  # type: ignore[assignment]
        stopping |= {word} if more == ["stopping"] else set()
    vendor = example.text("vendor", "none")
    return Policy(
        owners,
        frozenset(stopping),
        None if vendor == "none" else vendor,
        example.text("kind", "printer"),
        free_silence=example.text("silence") == "free",
    )


def ancestors_of(example: Example) -> list[Ancestor]:
    """The parent, its parent and so on, each judged like the device itself."""
    found = []
    for told in example.given.get("parents", {}).values():
        own = told if isinstance(told, Mapping) else {"seen": told}
        interval = length(own.get("interval", example.text("interval", "60s")))
        found.append(Ancestor(judge(_by_now(example, own["seen"]), rule_of(example)).outages, interval))
    return found


@cache
def facts(example: Example) -> DeviceFacts:
    """All that the classes of the example's device depend on."""
    wall, seen = example.wall, seen_of(example)
    return DeviceFacts(
        commissioned=_instant(example, "commissioned"),
        retired=_instant(example, "retired"),
        clock=example.clock,
        maintenance=[_planned(wall, text) for text in listed(example.given.get("maintenance"))],
        excluded=list(_standing(wall, example.given.get("corrections"))),
        seen=seen,
        interval_ms=length(example.text("interval", "60s")),
        outages=judge(seen, rule_of(example)).outages,
        ancestors=ancestors_of(example),
        policy=policy_of(example),
        grace_ms=length(example.text("grace")) if "grace" in example.given else GRACE_MS,
    )


def hidden(example: Example) -> list[Interval]:
    """The unreachable part of the device's outages (O5)."""
    known = facts(example)
    return unreachable(known.outages, known.seen, known.ancestors, example.now)


def _by_now(example: Example, text: str) -> list[Seen]:
    now = example.now
    return distinct(one for one in example.wall.seen(text) if one.ts <= now)


def _instant(example: Example, key: str) -> int | None:
    return example.wall.instant(example.text(key)) if key in example.given else None


def _planned(wall: Wall, text: str) -> Planned:
    stretch, _, approved = text.partition(" approved ")
    start, until = wall.span(stretch)
    return Planned(start, until, wall.instant(approved))


def _standing(wall: Wall, texts: object) -> Iterator[Interval]:
    """Corrections; one that was withdrawn is as if it had never been (A1 4)."""
    for text in listed(texts):
        start, until, words = wall.stretch(text)
        assert until is not None
        if words != ("withdrawn",):
            yield Interval(start, until)
