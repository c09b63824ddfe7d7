"""What of the board is asked for, and how many there are of each (R)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from api.board import TABS, Entry
from sla.instant import Ms

FACETS: Final = ("vendor", "branch", "hall", "kind", "state")
"""In the order of `Entry.facets`."""


class Asked(NamedTuple):
    """A value by facet, empty for any; a tab, empty for all but preventive work; words that the text must hold."""

    tab: str = ""
    vendor: str = ""
    branch: str = ""
    hall: str = ""
    kind: str = ""
    state: str = ""
    q: str = ""

    @property
    def narrow(self) -> bool:
        """Whether anything but a tab is asked for."""
        return any(self[1:])


class Found(NamedTuple):
    """Those asked for, the most urgent first; how many there are by tab, and by facet if only that were left open."""

    entries: Sequence[Entry]
    tabs: Mapping[str, int]
    counts: Mapping[str, Mapping[str, int]]


def found(entries: Sequence[Entry], asked: Asked, now: Ms) -> Found:
    """What of the board at `now` is asked for."""
    words = asked.q.casefold().split()
    if words:
        entries = [one for one in entries if all(word in one.text for word in words)]
    given = {place: value for place, name in enumerate(FACETS) if (value := getattr(asked, name))}
    tabs = _tabs(_kept(entries, given), now)
    shown = [one for tab in _shown(asked.tab) for one in tabs[tab]]
    columns = list(zip(*(one.facets for one in shown), strict=True)) or [()] * len(FACETS)
    counts: dict[str, Mapping[str, int]] = {name: Counter(columns[place]) for place, name in enumerate(FACETS)}
    for place in given:
        others = _tabs(_kept(entries, {key: value for key, value in given.items() if key != place}), now)
        counts[FACETS[place]] = Counter(one.facets[place] for tab in _shown(asked.tab) for one in others[tab])
    sizes = {tab: len(every) for tab, every in tabs.items()}
    return Found(shown, sizes | {"": sum(sizes.values()) - sizes["preventive"]}, counts)


def _shown(tab: str) -> Sequence[str]:
    return [tab] if tab else TABS[:-1]


def _kept(entries: Sequence[Entry], given: Mapping[int, str]) -> Sequence[Entry]:
    for place, value in given.items():
        entries = [one for one in entries if one.facets[place] == value]
    return entries


def _tabs(entries: Sequence[Entry], now: Ms) -> Mapping[str, list[Entry]]:
    """In each tab the order stays."""
    tabs: dict[str, list[Entry]] = {tab: [] for tab in TABS}
    for one in entries:
        over = one.tab == "running" and one.over_at is not None and one.over_at <= now  # as `tab_at`, but in place
        tabs["breached" if over else one.tab].append(one)
    return tabs
