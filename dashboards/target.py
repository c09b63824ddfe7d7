"""What a panel asks: InfluxQL of the metrics store, SQL of the service's own database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from dashboards.text import T, Tree

METRICS: Final = {"type": "influxdb", "uid": "${metrics}"}
DATABASE: Final = {"type": "grafana-postgresql-datasource", "uid": "${database}"}
Store = Literal["metrics", "sql"]
"""Where outages, tickets and maintenance come from: the metrics store like all the rest, or PostgreSQL."""
Form = Literal["table", "time_series"]


@dataclass(frozen=True, slots=True)
class Target:
    """One query. `alias` names InfluxDB's series: `$col`, `$tag_device` or a text."""

    query: str
    form: Form = "table"
    ref: str = "A"
    alias: str | T = ""
    sql: bool = False

    def tree(self) -> Tree:
        """The query as a panel holds it."""
        if self.sql:
            return {
                "refId": self.ref,
                "datasource": DATABASE,
                "editorMode": "code",
                "format": self.form,
                "rawQuery": True,
                "rawSql": self.query,
            }
        return {
            "refId": self.ref,
            "datasource": METRICS,
            "query": self.query,
            "rawQuery": True,
            "resultFormat": self.form,
            **({"alias": self.alias} if self.alias else {}),
        }


def influx(query: str, form: Form = "table", *, ref: str = "A", alias: str | T = "") -> Target:
    """InfluxQL that 1.6 knows too; line breaks become spaces."""
    return Target(" ".join(query.split()), form, ref, alias)


def postgres(query: str, form: Form = "table", *, ref: str = "A") -> Target:
    """SQL of PostgreSQL; line breaks become spaces."""
    return Target(" ".join(query.split()), form, ref, sql=True)


def only(*tags: str, **named: str) -> str:
    """InfluxQL that keeps what the variables choose; `id="hall"` holds tag `id` against the variable `hall`.

    A variable's values are escaped as a regular expression, and All is `.*`, which takes `-` and a missing tag as well.
    """
    pairs = {**{tag: tag for tag in tags}, **named}
    return " AND ".join(f'"{tag}" =~ /^${{{variable}:regex}}$/' for tag, variable in pairs.items())


def only_sql(*columns: str) -> str:
    """The same for columns of SQL; in dollar quotes, which no escaped value can end; no value is `-`."""
    return " AND ".join(rf"coalesce({one}, '-') ~ $re$\A(?:${{{one}:regex}})\Z$re$" for one in columns)


def told_or_none(each: str, name: str, of: str = "sum") -> str:
    """InfluxQL for the sum (or `count`) of `n` over the rows of `each`; 0 for no rows, but nothing where nobody told.

    InfluxQL answers nothing for no rows, which would be taken for 0 also while hallwatch is silent. So a 0 comes along
    from the halls, which are counted every minute. Some servers answer a row for either: the panel has to take the sum.
    """
    halls = f'SELECT 0 * last("devices") AS "n" FROM "raw"."fleet" WHERE {lately(3)}'
    counted = f'SELECT {of}("n") AS "n" FROM ({each})'
    return f'SELECT sum("n") AS "{name}" FROM ({counted}), ({halls})'


PLACE: Final = only("branch", "hall", "kind", "vendor")
"""Of a measurement that has a device's tags."""
PLACE_SQL: Final = only_sql("branch", "hall", "kind", "vendor")


def lately(minutes: int) -> str:
    """InfluxQL: the last minutes before the END of the range that is shown; for `now` that is now."""
    return f"time > ${{__to}}ms - {minutes}m AND time <= ${{__to}}ms"
