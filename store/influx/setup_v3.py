"""3.x and VictoriaMetrics: what their interfaces let us do, and what to know of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from store.influx.fault import Denied, NotInflux, Rejected
from store.influx.server import Server
from store.influx.setup import Step, rights
from store.influx.words import N_

MADE: Final = N_("database {database}/{policy}: {days} days")
THERE: Final = N_("database {database}/{policy}; its retention cannot be asked for, it should be {days} days")
LACKS: Final = N_("make databases (an admin token may): {why}")
WINDOW: Final = N_(
    "InfluxDB 3 is written to; InfluxQL answers for what its query window allows (3 Core: about three days), and the "
    "dashboards are not made for it: for history take InfluxDB 2"
)
VICTORIA: Final = N_(
    "VictoriaMetrics is written to only: it answers no InfluxQL, so pages, rollups and dashboards get nothing from it; "
    "its retention is its own flag -retentionPeriod={days}d"
)


class SetupV3:
    """`days` by policy; a database for each, called `database/policy`, as its 1.x interface wants."""

    def __init__(self, server: Server, days: Mapping[str, int], dry_run: bool) -> None:
        self._server, self._days, self._dry = server, days, dry_run

    def steps(self) -> Iterator[Step]:
        """What must be known, the databases, the rights on them."""
        yield Step("note", WINDOW)
        unmade = False
        for policy, days in self._days.items():
            step = self._database(policy, days)
            unmade = unmade or step.dry
            yield step
        if not unmade:
            yield from rights(self._server)

    def _database(self, policy: str, days: int) -> Step:
        database = self._server.address.database
        values = {"database": database, "policy": policy, "days": days}
        wire = self._server.wire
        try:
            found = wire.document(wire.call("GET", "/api/v3/configure/database", {"format": "json"}))
            if f"{database}/{policy}" in _names(found):
                return Step("kept", THERE, values)
            if not self._dry:
                document = {"db": f"{database}/{policy}", "retention_period": f"{days}d"}
                wire.good(wire.call("POST", "/api/v3/configure/database", document=document))
        except (Denied, NotInflux, Rejected) as error:
            return Step("lacks", LACKS, {"why": error.reason})
        return Step("made", MADE, values, self._dry)


def of_victoria(raw_days: int, hourly_days: int) -> list[Step]:
    """Nothing to make."""
    return [Step("note", VICTORIA, {"days": max(raw_days, hourly_days)})]


def _names(document: Any) -> set[str]:
    rows = document if isinstance(document, list) else document.get("databases", [])
    return {str(next(iter(row.values()), "")) if isinstance(row, dict) else str(row) for row in rows}
