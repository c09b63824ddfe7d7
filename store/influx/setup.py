"""Databases or buckets, retention, mappings: what a server needs before the first point; twice is the same as once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from store.influx.fault import Away, Denied, NotInflux, Rejected
from store.influx.server import Server
from store.influx.wire import is_unset
from store.influx.words import N_
from store.measurements import HOURLY, RAW

Done = Literal["made", "changed", "kept", "lacks", "wrong", "note"]
DAY_S: Final = 86_400
SHARD_DAYS: Final[Mapping[str, int]] = {RAW: 1, HOURLY: 30}
"""A shard is forgotten as a whole, and so many days of it stay open to late points at once."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing looked at, `message` a msgid and `values` what it names.

    `lacks`: a right that is missing; `wrong`: what somebody must look at; `note`: what to know of this server. `dry`:
    it would be done.
    """

    done: Done
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
    dry: bool = False

    def told(self, translate: Callable[[str], str]) -> str:
        """The message in the reader's language."""
        return translate(self.message).format_map(self.values)


def setup(server: Server, raw_days: int, hourly_days: int, *, dry_run: bool = False) -> list[Step]:
    """Make what is missing and adjust what differs; answers what was done and which rights are missing.

    Raises `Away`, `Denied` where the server lets us look at nothing at all.
    """
    from store.influx.setup_v1 import SetupV1
    from store.influx.setup_v2 import SetupV2
    from store.influx.setup_v3 import SetupV3, of_victoria

    if server.kind == "victoria":
        return of_victoria(raw_days, hourly_days)
    days = {RAW: raw_days, HOURLY: hourly_days}
    if server.kind == "v3":
        return list(SetupV3(server, days, dry_run).steps())
    return list((SetupV2 if server.kind == "v2" else SetupV1)(server, days, dry_run).steps())


def shard_days(policy: str, days: int) -> int:
    """Of a policy of so many days."""
    return min(days, SHARD_DAYS[policy])


def refused(work: Callable[[], object]) -> str | None:
    """Why the server does not let us do something, or None if it does. Raises `Away` where it does not answer."""
    try:
        work()
    except (Denied, Rejected, NotInflux) as error:
        return error.reason
    except Away as error:
        if not is_unset(error.reason):
            raise
        return error.reason.partition(";")[0]
    return None


def rights(server: Server, policies: Iterable[str] = (RAW, HOURLY)) -> list[Step]:
    """What the credentials may not do of what every day needs: read and write under the policies."""
    found = []
    for policy in policies:
        values = {"database": server.address.database, "policy": policy}
        query = f'SELECT * FROM "{policy}"."device" LIMIT 1'  # noqa: S608 - no name of others
        if (why := refused(lambda query=query: server.ask(query))) is not None:  # type: ignore[misc]
            found.append(Step("lacks", N_("read {database}/{policy}: {why}"), {**values, "why": why}))
        if (why := refused(lambda policy=policy: server.may_write(policy))) is not None:  # type: ignore[misc]
            found.append(Step("lacks", N_("write {database}/{policy}: {why}"), {**values, "why": why}))
    return found
