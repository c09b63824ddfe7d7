"""What the composition root hands to the interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import Engine

from alerts.known import Known
from reports.intact import How
from reports.monthly_levels import Targets
from store.city import City

Translate = Callable[[str], str]


class ImportResult(Protocol):
    """What an import says: the faults where it was refused, else the difference."""

    @property
    def ok(self) -> bool:
        """Whether the file was taken (or would be, in a dry run)."""

    def document(self) -> Mapping[str, Any]:
        """JSON: `added, changed, removed`, or `faults` with line and reason each."""


class Alternative(Protocol):
    """A contract with other members (S9)."""

    @property
    def faults(self) -> Sequence[Mapping[str, Any]]:
        """What is wrong with the change: `place`, `reason`, `near_miss`; nothing where it may be."""

    @property
    def document(self) -> Mapping[str, Any] | None:
        """The contract as an import would store it; None where there are faults."""

    @property
    def hours(self) -> Mapping[str, Any] | None:
        """The calendar that the change brought with it, which the contract's `calendar` names."""


class MetricsReader(Protocol):
    """What the pages ask of the metrics store."""

    def fields(self, device: str) -> list[str]:
        """The names of the values that a device has."""

    def series(
        self, device: str, field: str, start: int, until: int, points: int
    ) -> Sequence[tuple[int, float, float, float]]:
        """(ts ms, min, mean, max) of at most `points` equal parts of [start, until)."""

    def readings(self, device: str, field: str, start: int, until: int) -> Sequence[tuple[int, float]]:
        """(ts ms, value) of the single values in [start, until), where they are gone of the last of each hour."""


def _untranslated(_language: str) -> Translate:
    return lambda text: text


def _healthy() -> Mapping[str, Any]:
    return {"ready": True}


def _alike(_kind: str, _model: str | None, _values: Mapping[str, Any]) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Context:
    """The rooms behind the interface. `now` is the clock of the outermost loop, in ms.

    `url` is where people find the pages, without a slash at its end; empty: where they asked. `targets` and `how` are
    what reports are held against and how the scorecard counts. `dispute_days` are the working days in which a vendor
    may dispute a statement (S6). `notes` say what is not known of devices, by kind or KIND/MODEL, then by language;
    `counters` which of their values count upward, by name (`#` for a row), with their width in bits (C4);
    `longest_sleep` after how many ms of sleep people are told of a device of a kind; `unlike` whether one of
    a kind and model that said these values looks like another kind.
    """

    engine: Engine
    metrics: MetricsReader | None
    now: Callable[[], int]
    translate: Callable[[str], Translate] = _untranslated
    policies: Mapping[str, Any] = field(default_factory=dict)
    zone: str = "Asia/Shanghai"
    language: str = "zh"
    import_inventory: Callable[[str, bool, str], ImportResult] | None = None
    alternative: Callable[[City, str, Mapping[str, Any]], Alternative] | None = None
    open_reading: bool = False
    health: Callable[[], Mapping[str, Any]] = _healthy
    version: str = "0"
    hosts: tuple[str, ...] = ()
    merge_gap_ms: int = 15 * 60_000
    url: str = ""
    channels: Sequence[Known] = ()
    dispute_days: int = 5
    targets: Targets = field(default_factory=Targets)
    how: How = field(default_factory=How)
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    counters: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    longest_sleep: Mapping[str, int] = field(default_factory=dict)
    unlike: Callable[[str, str | None, Mapping[str, Any]], bool] = _alike
