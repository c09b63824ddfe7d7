"""Who is on duty: weeks taken in turn, or the days of one week (R6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sla.instant import Ms

ROTA: Final = "rota:"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rota:
    """Either `weeks`, the first of which begins at `start` (ms) and which come again in turn, or the days from Monday.

    A week is handed over at the weekday and wall time of `start` in `zone`, a day at midnight.
    """

    zone: ZoneInfo
    start: Ms = 0
    weeks: Sequence[Sequence[str]] = ()
    days: Sequence[Sequence[str]] = ()

    def on_duty(self, now: Ms) -> Sequence[str]:
        """Their recipients at an instant; none where that day has nobody."""
        wall = self._wall(now)
        if self.weeks:
            return self.weeks[(wall - self._wall(self.start)) // _WEEK % len(self.weeks)]
        return self.days[wall.weekday()]

    def _wall(self, at: Ms) -> datetime:
        return (_EPOCH + timedelta(milliseconds=at)).astimezone(self.zone).replace(tzinfo=None)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Rota:
        """Read a rota of the normalised inventory document."""
        return cls(ZoneInfo(document["zone"]), document["start"] or 0, document["weeks"] or (), document["week"] or ())


def people(named: Iterable[str], rotas: Mapping[str, Rota], fallback: Sequence[str], now: Ms) -> list[str]:
    """Recipients with each `rota:` replaced by who is on duty at `now`, by `fallback` where nobody is; each once."""
    found: list[str] = []
    for one in named:
        if not one.startswith(ROTA):
            found.append(one)
            continue
        rota = rotas.get(one.removeprefix(ROTA))
        found += (rota.on_duty(now) if rota else ()) or [other for other in fallback if not other.startswith(ROTA)]
    return list(dict.fromkeys(found))
