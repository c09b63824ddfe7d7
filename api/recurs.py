"""What recurs, as a body says it: a rule, and the times that it makes of one (A1 3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.words import N_
from sla.interval import Interval
from sla.recurring import LAST, Monthly, Recurring, TooMany, Weekly
from sla.week import DAYS

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Number = Annotated[int, Field(ge=1, le=31)]
YEARS: Final = 5
"""So long may a rule hold."""


class Recurs(BaseModel):
    """Every `interval` weeks on some `days` ("mon"), or months on some days (1 to 31, or "last").

    With `weekday` the numbers count that day within the month. `until` is the last date on which it may begin.
    """

    model_config = ConfigDict(extra="forbid")
    every: Literal["week", "month"]
    days: Annotated[list[Day | Literal["last"] | Number], Field(min_length=1, max_length=31)]
    weekday: Day | None = None
    interval: Annotated[int, Field(ge=1, le=52)] = 1
    until: date

    @model_validator(mode="after")
    def _fitting(self) -> Recurs:
        weekly = self.every == "week"
        if any((one in DAYS) != weekly for one in self.days):
            raise PydanticCustomError("days", "a week has days such as mon, a month numbers or last")
        if weekly and self.weekday is not None:
            raise PydanticCustomError("weekday", "only a month counts the days of one weekday")
        return self

    @property
    def rule(self) -> Weekly | Monthly:
        """The rule as `sla` knows it."""
        if self.every == "week":
            return Weekly(frozenset(DAYS.index(str(one)) for one in self.days), self.interval)
        numbers = frozenset(LAST if one == "last" else int(one) for one in self.days)
        return Monthly(numbers, None if self.weekday is None else DAYS.index(self.weekday), self.interval)


NEVER: Final = N_("it names no time between `from` and its own `until`")
TOO_MANY: Final = N_("it names more than 400 times; let it end sooner")
TOO_LONG: Final = N_("it lasts longer than 5 years")


def times(said: Recurs, start: int, until: int, zone: ZoneInfo) -> list[Interval] | str:
    """Every time of the rule, each with the hours of [start, until) on the wall; else the reason why there is none."""
    opens, closes = (datetime.fromtimestamp(at // 1000, zone) for at in (start, until))
    if said.until > opens.date() + timedelta(365 * YEARS + 2):
        return TOO_LONG
    nights = (closes.date() - opens.date()).days
    try:
        found = Recurring(said.rule, opens.date(), said.until, opens.time(), closes.time(), zone, nights).times()
    except TooMany:
        return TOO_MANY
    return found or NEVER
