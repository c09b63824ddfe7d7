"""1.x: a database and its retention policies by InfluxQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from store.influx.fault import Denied
from store.influx.query import ident
from store.influx.server import Server
from store.influx.setup import DAY_S, Step, rights, shard_days
from store.influx.words import N_
from store.measurements import HOURLY, RAW

_UNITS: Final = {"w": 604_800, "d": DAY_S, "h": 3_600, "m": 60, "s": 1}
DATABASE: Final = N_("database {database}")
POLICY: Final = N_("retention policy {policy}: {days} days")
OTHERWISE: Final = N_("retention policy {policy}: {days} days, {before} before")
DEFAULT: Final = N_("retention policy {policy} is the default")
LACKS: Final = N_("{statement} (an administrator of the server may): {why}")
UNSEEN: Final = N_(
    "database {database}: not made, or this user may not see it; an administrator says {statement}, "
    "then GRANT ALL ON {database} TO {user}: {why}"
)


class SetupV1:
    """`days` by policy."""

    def __init__(self, server: Server, days: Mapping[str, int], dry_run: bool) -> None:
        self._server, self._days, self._dry = server, days, dry_run
        self._database = server.address.database

    def steps(self) -> Iterator[Step]:
        """The database, its policies, the rights on it."""
        known = [row[0] for result in self._server.ask("SHOW DATABASES") for row in result.rows]
        if self._database in known:
            yield Step("kept", DATABASE, {"database": self._database})
            yield from self._policies()
        else:
            yield from self._made()
        if not self._dry or self._database in known:
            yield from rights(self._server)

    def _made(self) -> Iterator[Step]:
        """A database with `raw` as its first policy, so that it never gets another default."""
        days = self._days[RAW]
        made = f"CREATE DATABASE {ident(self._database)} WITH {_terms(RAW, days)} NAME {ident(RAW)}"
        step = self._do(made, Step("made", DATABASE, {"database": self._database}))
        if step.done == "lacks":
            names = {"database": ident(self._database), "user": ident(self._server.address.username or "?")}
            step = Step("lacks", UNSEEN, {**step.values, **names})
        yield step
        if step.done == "made":
            yield Step("made", POLICY, {"policy": RAW, "days": days}, self._dry)
            yield self._policy_made(HOURLY)

    def _policies(self) -> Iterator[Step]:
        try:
            found = self._server.ask(f"SHOW RETENTION POLICIES ON {ident(self._database)}")
        except Denied:
            return  # cannot be read: `rights` says so
        kept = {
            row["name"]: row
            for result in found
            for row in (dict(zip(result.columns, one, strict=True)) for one in result.rows)
        }
        for policy in self._days:
            yield (
                self._adjusted(policy, seconds(kept[policy]["duration"]))
                if policy in kept
                else self._policy_made(policy)
            )
        if not kept.get(RAW, {}).get("default"):
            statement = f"ALTER RETENTION POLICY {ident(RAW)} ON {ident(self._database)} DEFAULT"
            yield self._do(statement, Step("changed", DEFAULT, {"policy": RAW}))

    def _adjusted(self, policy: str, before_s: int) -> Step:
        days = self._days[policy]
        if before_s == days * DAY_S:
            return Step("kept", POLICY, {"policy": policy, "days": days})
        statement = f"ALTER RETENTION POLICY {ident(policy)} ON {ident(self._database)} {_terms(policy, days)}"
        before = f"{before_s / DAY_S:g}" if before_s else "∞"
        return self._do(statement, Step("changed", OTHERWISE, {"policy": policy, "days": days, "before": before}))

    def _policy_made(self, policy: str) -> Step:
        days = self._days[policy]
        made = f"CREATE RETENTION POLICY {ident(policy)} ON {ident(self._database)} {_terms(policy, days)}"
        return self._do(made, Step("made", POLICY, {"policy": policy, "days": days}))

    def _do(self, statement: str, step: Step) -> Step:
        """The step, done or dry, or what it needs that we may not."""
        if self._dry:
            return Step(step.done, step.message, step.values, dry=True)
        try:
            self._server.ask(statement)
        except Denied as error:
            return Step("lacks", LACKS, {"statement": statement, "why": error.reason})
        return step


def _terms(policy: str, days: int) -> str:
    return f"DURATION {days}d REPLICATION 1 SHARD DURATION {shard_days(policy, days)}d"


def seconds(duration: str) -> int:
    """Of `2160h0m0s`; 0 for ever."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([wdhms])", duration))
