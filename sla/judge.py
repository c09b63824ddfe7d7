"""From observations to outages: holding and confirmation (O3), whatever the order of arrival (O7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from sla.instant import Ms
from sla.seen import Seen, precedence


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How many `down` in a row make an outage, and how many `up` or `degraded` end it (O3); both at least 1."""

    confirm: int = 2
    recover: int = 1

    def __post_init__(self) -> None:
        if self.confirm < 1 or self.recover < 1:
            raise ValueError("confirm and recover are at least 1")


class Outage(NamedTuple):
    """One O3 outage: [start, until), `until` None while it lasts.

    `last_ok` is the last `up` or `degraded` before it (O5 a), `confirmed_at` the observation that confirmed it.
    """

    start: Ms
    until: Ms | None
    last_ok: Ms | None
    confirmed_at: Ms


class Fold(NamedTuple):
    """All that judging must remember of the observations so far.

    `start` is the first `down` of the present run, `downs` its length until it is confirmed, `ok_since` and `oks` the
    beginning of a recovery that is not complete. `last_ok` is the last one before the run.
    """

    last_ok: Ms | None = None
    start: Ms | None = None
    downs: int = 0
    confirmed_at: Ms | None = None
    ok_since: Ms | None = None
    oks: int = 0

    @property
    def outage(self) -> Outage | None:
        """The outage that lasts, None where there is none or it is not confirmed."""
        if self.start is None or self.confirmed_at is None:
            return None
        return Outage(self.start, None, self.last_ok, self.confirmed_at)

    def as_document(self) -> dict[str, int]:
        """For JSON; only what differs from the beginning."""
        fields = zip(self._fields, self, START, strict=True)
        return {key: value for key, value, usual in fields if value is not None and value != usual}

    @classmethod
    def from_document(cls, document: Mapping[str, int] | None) -> Fold:
        """The inverse of `as_document`; None and {} are the beginning."""
        return cls(**document) if document else START


START: Final = Fold()


class Judgement(NamedTuple):
    """The outages of one pass in order, the last perhaps without end, and what to go on from."""

    outages: list[Outage]
    fold: Fold


def judge(seen: Iterable[Seen], rule: Confirmation, fold: Fold = START) -> Judgement:
    """Judge observations that follow on `fold`: distinct, in order of time (see `sla.seen.distinct`; O3).

    Gives every outage that was open in `fold`, with its end if it has one now, and every one confirmed here, also where
    its first `down` was in `fold` already. Judging in one pass or in many gives the same.
    """
    last_ok, start, downs, confirmed_at, ok_since, oks = fold
    confirm, recover = rule.confirm, rule.recover
    outages: list[Outage] = []
    for ts, state, _, _ in seen:
        if state == "up" or state == "degraded":  # noqa: PLR1714 - the hot path, twice as fast as a set
            if confirmed_at is None:
                last_ok, start, downs = ts, None, 0
                continue
            oks += 1
            ok_since = ts if ok_since is None else ok_since
            if oks >= recover and start is not None:
                outages.append(Outage(start, ok_since, last_ok, confirmed_at))
                last_ok, start, downs, confirmed_at, ok_since, oks = ts, None, 0, None, None, 0
        elif state == "down":
            ok_since, oks = None, 0
            if confirmed_at is None:
                start = ts if start is None else start
                downs += 1
                if downs >= confirm:
                    confirmed_at, downs = ts, 0
    after = Fold(last_ok, start, downs, confirmed_at, ok_since, oks)
    if confirmed_at is not None and start is not None:
        outages.append(Outage(start, None, last_ok, confirmed_at))
    return Judgement(outages, after)


def settled(newest_first: Iterable[Seen], rule: Confirmation) -> Ms | None:
    """Where to begin again when facts come late (O7): give all that is stored BEFORE the first late fact, newest first.

    The instant of the newest observation from which judging with START gives the same as judging everything: the last
    of `recover` consecutive `up` or `degraded`, unknowns ignored. No outage that began before it can change. None:
    there is no such point, begin with the first. Takes no more from the iterable than it needs; of several at one
    instant the one that counts is taken.
    """
    oks = 0
    newest: Ms | None = None
    for ts, group in groupby(newest_first, key=attrgetter("ts")):
        state = min(group, key=precedence).state
        if state == "down":
            oks, newest = 0, None
        elif state != "unknown":
            newest = ts if newest is None else newest
            oks += 1
            if oks >= rule.recover:
                return newest
    return None
