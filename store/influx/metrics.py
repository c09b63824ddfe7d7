"""The reading half of `Metrics` from InfluxDB: raw points where they are all there, else their hours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from store import rollup
from store.influx.lines import carried, carried_field
from store.influx.query import ident
from store.influx.server import Server
from store.measurements import HOURLY, RAW
from store.metrics import Hour, Point, Reading
from store.series import Item, points_of

HOUR_MS: Final = rollup.HOUR_MS
DAY_MS: Final = 86_400_000
WEEK_MS: Final = 7 * DAY_MS
MOST_MS: Final = 9_000_000_000_000
"""What a server takes for an instant, either side of 1970: it counts nanoseconds."""
PARTS: Final = ("n", "min", "max", "sum", "last")
_LAST: Final = "last_"
_WHOSE: Final = '"device"::tag = $device'


class InfluxMetrics:
    """Reads through one `Server`; several threads may. Raises what `Server.ask` does."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def fields(self, device: str) -> list[str]:
        """The names of a device's fields, sorted, of its newest week of raw points and its newest day of hours.

        To look through all raw points for every field that any device has costs a server ten times as much.
        """
        found: set[str] = set()
        if (newest := self._newest(device, RAW, "device")) is not None:
            found.update(self._named(device, RAW, "device", "*", newest - WEEK_MS))
        if (newest := self._newest(device, HOURLY, "device_hour")) is not None:
            numbered = self._named(device, HOURLY, "device_hour", "/_n$/", newest // DAY_MS * DAY_MS)
            found.update(name.removesuffix("_n") for name in numbered)
        return sorted(found)

    def series(self, device: str, field: str, start: int, until: int, points: int) -> list[Point]:
        """One field in [start, until), ms, as at most `points` points: raw where it is still there, else hours."""
        raw, hours = self._kept(device, field, start, until)
        whole = [_single(ts, value) for ts, value in raw.items()]
        rolled = [Item(max(one.ts, start), one.n, one.min, one.max, one.sum) for one in hours]
        return points_of([*whole, *rolled], start, until, points) if until > start else []

    def readings(self, device: str, field: str, start: int, until: int) -> list[Reading]:
        """The single values in [start, until), ms, in order; where they are gone the last of each hour, at its end."""
        raw, hours = self._kept(device, field, start, until)
        lasts = [(one.ts + HOUR_MS - 1, one.last) for one in hours]
        return [Reading(ts, value) for ts, value in sorted([*raw.items(), *lasts]) if start <= ts < until]

    def _kept(self, device: str, field: str, start: int, until: int) -> tuple[dict[int, float], list[Hour]]:
        """Raw values in [start, until) of the hours that have them all, and the hours there of which some are gone."""
        if until <= start:
            return {}, []
        first, end = start // HOUR_MS * HOUR_MS, -(-until // HOUR_MS) * HOUR_MS
        raw = self._raw(device, field, first, end)  # whole hours: what is left of one tells whether it is all there
        left = Counter(ts // HOUR_MS for ts in raw)
        hours = [one for one in self._hours(device, field, first, end) if one.n > left[one.ts // HOUR_MS]]
        gone = {one.ts // HOUR_MS for one in hours}
        return {ts: raw[ts] for ts in raw if start <= ts < until and ts // HOUR_MS not in gone}, hours

    def hours(self, device: str, field: str, start: int, until: int) -> list[Hour]:
        """The hours that begin in [start, until), ms: the rolled ones, and those after them of raw points."""
        if until <= start:
            return []
        found = self._hours(device, field, start, until)
        first = found[-1].ts + HOUR_MS if found else -(-start // HOUR_MS) * HOUR_MS
        end = -(-until // HOUR_MS) * HOUR_MS
        raw = rollup.roll((ts, {field: value}) for ts, value in self._raw(device, field, first, end).items())
        rolled = raw.get(field, {})
        return [*found, *(hour_of(rolled[key]) for key in sorted(rolled))]

    def _raw(self, device: str, field: str, start: int, until: int) -> dict[int, float]:
        """Values by their instants, in order; the same instant under two sets of tags is one."""
        if until <= start:
            return {}
        rows = self._rows(device, RAW, "device", f"{ident(carried_field(field))}::field", start, until)
        return {ts: float(value) for ts, value in rows if value is not None}

    def _hours(self, device: str, field: str, start: int, until: int) -> list[Hour]:
        """Rolled hours that begin in [start, until); of an hour under two sets of tags the fuller one."""
        columns = ", ".join(f"{ident(f'{carried_field(field)}_{part}')}::field" for part in PARTS)
        found: dict[int, Hour] = {}
        for ts, *values in self._rows(device, HOURLY, "device_hour", columns, start, until):
            if None in values or (ts in found and found[ts].n > values[0]):
                continue
            n, least, most, total, last = map(float, values)
            found[ts] = Hour(ts, int(n), least, most, total, last)
        return [found[ts] for ts in sorted(found)]

    def _rows(
        self, device: str, policy: str, measurement: str, columns: str, start: int, until: int
    ) -> Iterable[tuple[Any, ...]]:
        within = f"{_WHOSE} AND time >= {max(start, -MOST_MS)}ms AND time < {min(until, MOST_MS)}ms"
        query = f"SELECT {columns} FROM {ident(policy)}.{ident(measurement)} WHERE {within}"  # noqa: S608 - quoted
        for result in self._server.ask(query, {"device": carried(device)}):
            yield from map(tuple, result.rows)

    def _named(self, device: str, policy: str, measurement: str, which: str, since: int) -> list[str]:
        """The fields of a measurement that the device has had since then."""
        where = f"{_WHOSE} AND time >= {since}ms"
        query = f"SELECT last({which}) FROM {ident(policy)}.{ident(measurement)} WHERE {where}"  # noqa: S608 - quoted
        found = []
        for result in self._server.ask(query, {"device": carried(device)}):
            for row in result.rows:
                pairs = zip(result.columns[1:], row[1:], strict=True)
                found += [name.removeprefix(_LAST) for name, value in pairs if value is not None]
        return found

    def _newest(self, device: str, policy: str, measurement: str) -> int | None:
        """When the device's newest point of a measurement is, ms."""
        table = f"{ident(policy)}.{ident(measurement)}"
        query = f"SELECT * FROM {table} WHERE {_WHOSE} ORDER BY time DESC LIMIT 1"  # noqa: S608 - quoted
        times = [row[0] for result in self._server.ask(query, {"device": carried(device)}) for row in result.rows]
        return max(times, default=None)


def hour_of(one: rollup.Hour) -> Hour:
    """A rolled hour as the interface gives it."""
    return Hour(one.hour * HOUR_MS, one.n, one.min, one.max, one.sum, one.last)


def _single(ts: int, value: float) -> Item:
    return Item(ts, 1, value, value, value)
