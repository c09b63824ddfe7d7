#!/usr/bin/env python3
"""Checks an evidence pack: computes every figure of a statement again from the facts, and says where it differs.

    python3 verify.py pack.zip          the pack as it came
    python3 verify.py FOLDER            the unpacked folder; without a name the one in which this file lies

Needs Python 3.8 or newer and nothing else: no network, no time zone data, no part of the system that made the pack.
Exit code 0: the files are whole and every figure is the same. 1: something differs, or the pack cannot be read.
Instants in facts/ are whole milliseconds since 1970-01-01T00:00:00Z. README.txt says what the rules (R3, S1, ...) are.

How it computes: a calendar becomes a sorted list of open spans; a ticket's time is cut at every edge that lies in it
(open hours, pauses, claims of restoration) and each piece gets one class; a term's line follows from the pieces.
"""

# It runs on Python 3.8, without what came later; nothing of it is shared with the system that it checks.
# ruff: noqa: B905, DTZ001, PTH100, PTH110, PTH112, PTH113, PTH118, PTH120, PTH123, UP006, UP017, RUF007, UP035

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import zipfile
from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Sequence, Tuple

FILES, ONE, ALL = 64, 256 << 20, 1 << 30  # of a pack: how many files, how large one of them and all of them may be
SHOWN = 160  # so much of a hostile text is printed
MINUTE, HOUR, DAY = 60000, 3600000, 86400000
EVER = 1 << 60
FARTHEST = 7258118400000  # the year 2200
MOST_DAYS = 15000  # of a calendar
MOST_SPANS = 1000000  # on all of them
Span = Tuple[int, int]


class Bad(Exception):
    """The pack cannot be read or understood; the text is one line for a person."""


# ---- reading the files


def files_of(path: str) -> dict[str, bytes]:
    """The files of a pack by name, from a ZIP or a folder; raises Bad for anything that is no pack."""
    try:
        return _folder(path) if os.path.isdir(path) else _zip(path)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Bad(f"{short(path)} cannot be read: {short(error)}") from None
    except Exception as error:  # what a damaged ZIP makes of zlib, lzma and struct
        if isinstance(error, Bad):
            raise
        raise Bad(f"{short(path)} is damaged: {short(error)}") from None


def _zip(path: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        sizes = [info.file_size for info in infos]
        if len(sizes) > FILES or sum(sizes) > ALL or max(sizes, default=0) > ONE:
            raise Bad("the pack is larger than a pack can be")
        for info in infos:
            if info.filename in found:
                raise Bad(f"the pack has {short(info.filename)} twice")
            with archive.open(info) as stream:
                found[_named(info.filename)] = _bounded(stream.read(ONE + 1), info.filename)
    return found


def _folder(path: str) -> dict[str, bytes]:
    found = {"manifest.json": _file(path, "manifest.json")}
    listed = parsed("manifest.json", found["manifest.json"]).get("files")
    if not isinstance(listed, dict) or len(listed) > FILES:
        raise Bad("manifest.json lists no files")
    for name in listed:
        found[name] = _file(path, _named(name))
    return found


def _file(path: str, name: str) -> bytes:
    there = os.path.join(path, *name.split("/"))
    if os.path.exists(there) and not os.path.isfile(there):
        raise Bad(f"{short(name)} is no file")  # a pipe would be waited for, a device never ends
    with open(there, "rb") as stream:
        return _bounded(stream.read(ONE + 1), name)


def _named(name: str) -> str:
    if not re.match(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)?\.[a-z]+\Z", name):
        raise Bad(f"{short(name)} is no name of a file of a pack")
    return name


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > ONE:
        raise Bad(f"{short(name)} is larger than a file of a pack can be")
    return data


def short(text: object) -> str:
    """A text of unknown origin, printable and not too long."""
    return "".join(c if c.isprintable() else "?" for c in str(text)[:SHOWN])


def parsed(name: str, data: bytes) -> Any:
    """JSON without doubled keys, endless numbers and depths."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_once,
            parse_float=number,
            parse_int=_whole,
            parse_constant=_refused,
        )
    except (ValueError, RecursionError, MemoryError) as error:
        raise Bad(f"{name} is no JSON of a pack: {short(error)}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _whole(text: str) -> int:
    if len(text) > 20:
        raise ValueError(f"a number of {len(text)} digits")
    return int(text)


def _refused(text: str) -> None:
    raise ValueError(f"{text} is no number")


def number(value: Any) -> Fraction:
    """`93.50`, `7/3`, 12: exact. Refuses what is no number, or too long for one."""
    if isinstance(value, (int, Fraction)) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, str) and re.match(r"-?\d{1,60}(\.\d{1,60}|/[1-9]\d{0,59})?\Z", value):
        return Fraction(value)
    raise ValueError(f"{short(value)} is no number")


def instant(value: Any) -> int:
    """Milliseconds of a fact."""
    if type(value) is not int or not -FARTHEST < value < FARTHEST:
        raise ValueError(f"{short(value)} is no instant")
    return value


def perhaps(value: Any) -> int | None:
    """An instant, or none."""
    return None if value is None else instant(value)


def moment(text: Any) -> int | None:
    """RFC 3339 in UTC, as the statement writes it, in milliseconds."""
    if text is None:
        return None
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{3}))?Z\Z", text)
    if not match:
        raise ValueError(f"{short(text)} is no instant in UTC")
    seconds = datetime.strptime(match.group(1), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int(seconds.timestamp()) * 1000 + int(match.group(2) or 0)


def clock(at: int | None) -> str:
    """An instant to read."""
    if at is None:
        return "-"
    when = datetime(1970, 1, 1) + timedelta(milliseconds=at)
    return when.isoformat(timespec="milliseconds") + "Z"


# ---- what was compared


class Findings:
    """Every comparison: same or not, what it is of, what the pack says, what the facts give."""

    def __init__(self) -> None:
        self.rows: list[tuple[bool, str, str, str]] = []

    def compare(self, what: str, said: Any, found: Any) -> bool:
        """Note it; answers whether they are the same."""
        same = bool(said == found)
        self.rows.append((same, what, told(said), told(found)))
        return same

    @property
    def differing(self) -> int:
        """How many differ."""
        return sum(1 for row in self.rows if not row[0])


def told(value: Any) -> str:
    """A value to read; fractions as decimals where they end, else as p/q."""
    if isinstance(value, Fraction):
        rest = value.denominator
        for prime in (2, 5):
            while rest % prime == 0:
                rest //= prime
        return str(value) if rest != 1 or value.denominator == 1 else _decimal(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(told(one) for one in value[:20]) + (", ..." if len(value) > 20 else "") + "]"
    return "-" if value is None else short(value)


def _decimal(value: Fraction) -> str:
    places = 1
    while value.denominator and 10**places % value.denominator:
        places += 1
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return ("-" if value < 0 else "") + digits[:-places] + "." + digits[-places:]


# ---- the manifest: is every file as it was made?


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON as digests are taken of it: keys sorted, no blanks, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def facts_bytes(files: dict[str, bytes]) -> bytes:
    """The facts as one document: facts/NOUN.json one after the other by noun."""
    nouns = sorted(name[6:-5] for name in files if name.startswith("facts/"))
    return b"{" + b",".join(canonical(noun) + b":" + files[f"facts/{noun}.json"] for noun in nouns) + b"}"


def check_files(files: dict[str, bytes], wanted: dict[str, str | None], findings: Findings) -> None:
    """Each file has the digest that the manifest lists, and the manifest the root that its list has."""
    if "manifest.json" not in files:
        raise Bad("the pack has no manifest.json")
    manifest = parsed("manifest.json", files["manifest.json"])
    listed = manifest["files"]
    for name in sorted(set(files) | set(listed) - {"manifest.json"}):
        if name != "manifest.json":
            there = digest(files[name]) if name in files else "missing"
            findings.compare(f"file {short(name)}", listed.get(name, "not listed"), there)
    root, facts = digest(canonical(listed)), digest(facts_bytes(files))
    findings.compare("root digest", manifest["root"], root)
    findings.compare("digest of the facts", manifest["facts"], facts)
    statement = digest(files["paper.json"])
    findings.compare("digest of the statement", manifest["statement"], statement)
    known = {"root": root, "facts": facts, "statement": statement}
    for name, value in wanted.items():
        if value is not None:
            findings.compare(f"{name} digest that you gave", value.lower(), known[name])
    check_seals(parsed("seals.json", files["seals.json"]), facts, statement, findings)


def check_seals(seals: Sequence[dict[str, Any]], facts: str, statement: str, findings: Findings) -> None:
    """A seal's hash covers all that stands in it: the statement, the facts, and the hash of the seal before (S6)."""
    for seal in seals:
        said = {name: value for name, value in seal.items() if name != "hash"}
        findings.compare("hash of seal {}".format(short(seal["n"])), seal["hash"], digest(canonical(said)))
    if seals:
        findings.compare("statement of seal {}".format(short(seals[0]["n"])), seals[0]["statement"], statement)
        findings.compare("facts of seal {}".format(short(seals[0]["n"])), seals[0]["facts"], facts)


# ---- calendars: sorted lists of open spans


class Zone:
    """From which instant on a zone is how far ahead of UTC."""

    def __init__(self, changes: Sequence[Sequence[Any]]) -> None:
        if not changes or len(changes) > 1000:
            raise ValueError("no offsets, or too many")
        self.since = [-EVER if at is None else instant(at) for at, _ in changes]
        self.ahead = [instant(offset) for _, offset in changes]
        self.most = max(self.ahead)
        if self.since[0] != -EVER or any(abs(one) > 2 * DAY for one in self.ahead):
            raise ValueError("offsets that no zone has")

    def at(self, wall: int) -> int:
        """The first instant at which the clock on the wall reads `wall` (ms since 1970, local) or later."""
        for i in range(max(0, bisect_right(self.since, wall - self.most) - 1), len(self.since)):
            at = max(self.since[i], wall - self.ahead[i])
            if i + 1 == len(self.since) or at < self.since[i + 1]:
                return at
        return EVER

    def midnight(self, day: date) -> int:
        """The first instant of a date."""
        return self.at(wall_of(day))


def wall_of(day: date) -> int:
    """Midnight on the wall."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY


class Hours:
    """Open time: sorted spans within [low, high), and how much was open before each."""

    def __init__(self, name: str, spans: Iterable[Span], low: int, high: int) -> None:
        self.name, self.low, self.high = name, low, high
        self.starts: list[int] = []
        self.ends: list[int] = []
        for start, end in united((max(a, low), min(b, high)) for a, b in spans):
            self.starts.append(start)
            self.ends.append(end)
        self.before = [0]
        for start, end in zip(self.starts, self.ends):
            self.before.append(self.before[-1] + end - start)

    def _asked(self, at: int) -> int:
        if not self.low <= at <= self.high:
            raise Bad(f"the hours {short(self.name)} are not given for {clock(at)}")
        return at

    def opened(self, at: int) -> int:
        """Open ms from `low` to an instant."""
        i = bisect_right(self.starts, self._asked(at)) - 1
        return self.before[i] + min(at, self.ends[i]) - self.starts[i] if i >= 0 else 0

    def between(self, start: int, until: int) -> int:
        """Open ms of [start, until)."""
        return self.opened(until) - self.opened(start) if start < until else 0

    def is_open(self, at: int) -> bool:
        """Whether an instant lies in open time."""
        i = bisect_right(self.starts, self._asked(at)) - 1
        return i >= 0 and at < self.ends[i]

    def after(self, at: int, ms: int) -> int:
        """When so much open time has passed since an instant; EVER where these hours do not say."""
        wanted = self.opened(at) + ms
        i = bisect_left(self.before, wanted)
        return EVER if i == len(self.before) else self.ends[i - 1] - (self.before[i] - wanted) if i else at

    def opens(self, at: int) -> int:
        """The first instant after `at` at which it opens; EVER for never."""
        i = bisect_right(self.starts, self._asked(at))
        return self.starts[i] if i < len(self.starts) else EVER

    def edges(self, start: int, until: int) -> list[int]:
        """Every opening and closing in [start, until]."""
        found = []
        for edges in (self.starts, self.ends):
            found += edges[bisect_left(edges, start) : bisect_right(edges, until)]
        return found


def united(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that touch or overlap as one."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def hours_of(name: str, document: dict[str, Any], zones: dict[str, Zone]) -> Hours:
    """The open spans of a calendar on the days that the pack gives (T3): dates replace holidays, these the week."""
    if document.get("always"):
        return Hours(name, [(-EVER, EVER)], -EVER, EVER)
    zone = zones[document["zone"]]
    first, last = (date(*map(int, text.split("-"))) for text in document["days"])
    if not 0 <= (last - first).days <= MOST_DAYS:
        raise ValueError(f"days from {first} to {last}")
    low, high = zone.midnight(first), zone.midnight(last + timedelta(days=1))
    spans: list[Span] = []
    day, end = first - timedelta(days=2), last + timedelta(days=1)
    on = _days(document)
    while day < end:
        midnight = wall_of(day)
        if zone.at(midnight) < zone.at(midnight + DAY):  # else the zone left this day out
            for start, until in on(day):
                spans.append((zone.at(midnight + start * MINUTE), zone.at(midnight + until * MINUTE)))
            if len(spans) > MOST_SPANS:
                raise ValueError(f"more than {MOST_SPANS} spans")
        day += timedelta(days=1)
    return Hours(name, spans, low, high)


def _days(document: dict[str, Any]) -> Callable[[date], Sequence[Span]]:
    """Which spans begin on a day."""
    week: list[Sequence[Span]] = [()] * 7
    for key, spans in document["week"].items():
        for part in key.lower().split(","):
            first, _, last = (one.strip() for one in part.partition("-"))
            start = DAYS.index(first)
            for i in range((DAYS.index(last) - start) % 7 + 1 if last else 1):
                week[(start + i) % 7] = _spans(spans)
    dates = {key: _spans(spans) for key, spans in document["dates"].items()}
    holidays = document["holidays"] or {"off": [], "make_up": []}
    off, make_up = frozenset(holidays["off"]), frozenset(holidays["make_up"])

    def on(day: date) -> Sequence[Span]:
        text = day.isoformat()
        if text in dates:
            return dates[text]
        if text in off:
            return ()
        return week[0 if text in make_up else day.weekday()]

    return on


def _spans(texts: Any) -> Sequence[Span]:
    """`["22:00-06:00"]` in minutes after midnight; an end at or before its start lies on the next day."""
    found = []
    for text in () if texts == "closed" else texts:
        match = re.match(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*\Z", text)
        if not match:
            raise ValueError(f"{short(text)} is no span of a day")
        hour, minute, to_hour, to_minute = (int(one) for one in match.groups())
        start, end = 60 * hour + minute, 60 * to_hour + to_minute
        found.append((start, end if end > start else end + 1440))
    return found


# ---- the facts


class Row(NamedTuple):
    """One observation: when, what was seen, when the next was due (ms), its conditions."""

    ts: int
    state: str
    due: int
    conditions: tuple[str, ...]


class Outage(NamedTuple):
    """An outage as it was judged (O3)."""

    device: str
    start: int
    until: int | None
    last_ok: int | None
    confirmed_at: int
    owner: str
    ticket: str | None

    def end(self, now: int) -> int:
        """Its end as far as it is known."""
        return now if self.until is None else min(self.until, now)


class Event(NamedTuple):
    """One event of a ticket."""

    what: str
    at: int
    detail: dict[str, Any]


class Ticket(NamedTuple):
    """A ticket of a fault, its events in order of (at, entry)."""

    id: str
    device: str
    vendor: str | None
    repeat_of: str | None
    notified: int | None
    events: list[Event]
    said: tuple[str, str, str]  # source, symptom, when it was opened


RANK = {"up": 0, "degraded": 1, "down": 2, "unknown": 3}
OWNERS = ("vendor", "hall", "network", "operator", "undetermined")


def rows_of(rows: Iterable[Sequence[Any]]) -> list[Row]:
    """Observations in order of time, one an instant: of several the first of up, degraded, down, unknown (O7)."""
    chosen: dict[int, Row] = {}
    for ts, state, due, conditions in (row[:4] for row in rows):
        row = Row(instant(ts), state, instant(due), tuple(conditions))
        other = chosen.get(row.ts)
        if other is None or (RANK[state], row.conditions, due) < (RANK[other.state], other.conditions, other.due):
            chosen[row.ts] = row
    return [chosen[ts] for ts in sorted(chosen)]


class Facts:
    """All that the pack says, each noun read once; `now` is the instant as of which the statement was made."""

    def __init__(self, files: dict[str, bytes], now: int) -> None:
        read = {name[6:-5]: parsed(name, data) for name, data in files.items() if name.startswith("facts/")}
        self.now = now
        self.month = understood("month", lambda: _month(read["month"]))
        self.contract = understood("contract", lambda: Contract(read["contract"]))
        self.zones = understood("zones", lambda: {name: Zone(one) for name, one in read["zones"].items()})
        self.hours = understood("calendars", lambda: self._calendars(read["calendars"]))
        self.halls = understood("halls", lambda: {one["id"]: one for one in read["halls"]})
        self.kinds = understood("kinds", lambda: {one["kind"]: one for one in read["kinds"]})
        self.devices = understood("devices", lambda: {one["id"]: _device(one) for one in read["devices"]})
        self.tickets = understood("tickets", lambda: [_ticket(one) for one in read["tickets"]])
        self.outages = understood("outages", lambda: _outages(read["outages"]))
        self.observed = understood("observations", lambda: _observed(read["observations"]))
        self.seen = understood("seen", lambda: _observed(read["seen"]))
        self.exemptions = understood("exemptions", lambda: [_exemption(one) for one in read["exemptions"]])
        self.findings = understood("findings", lambda: list(read["findings"]))

    def _calendars(self, read: dict[str, Any]) -> dict[str | None, Hours]:
        if len(read) > 1000:
            raise ValueError("too many")
        found: dict[str | None, Hours] = {name: hours_of(name, one, self.zones) for name, one in read.items()}
        found[None] = Hours("always", [(-EVER, EVER)], -EVER, EVER)
        return found

    def hall_hours(self, hall: str) -> Hours:
        """A hall's own hours."""
        hours: Hours = self.hours[self.halls[hall]["calendar"]]
        return hours

    def of(self, device: str) -> list[Outage]:
        """A device's outages in order."""
        found: list[Outage] = self.outages.get(device, [])
        return found

    def above(self, device: str) -> list[str]:
        """A device's parent, the parent's parent and so on (O5)."""
        line: list[str] = []
        at = self.devices[device]["parent"]
        while at is not None and at in self.devices and at != device and at not in line:
            line.append(at)
            at = self.devices[at]["parent"]
        return line


def understood(noun: str, read: Callable[[], Any]) -> Any:
    """What a noun of the facts says, or Bad with its name."""
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise Bad(f"facts/{noun}.json cannot be understood: {type(error).__name__} {short(error)}") from None


def _month(read: dict[str, Any]) -> dict[str, Any]:
    instant(read["from"]), instant(read["until"])
    return read


def _device(read: dict[str, Any]) -> dict[str, Any]:
    for name in ("commissioned", "out_of_service"):
        perhaps(read[name])
    confirm, recover = read["judged_by"]
    if instant(read["interval_ms"]) < 0 or not (1 <= confirm <= 1000 and 1 <= recover <= 1000):
        raise ValueError("{}: no interval or judge".format(short(read["id"])))
    return read


def _ticket(read: dict[str, Any]) -> Ticket:
    events = [Event(one["event"], instant(one["at"]), dict(one["detail"])) for one in read["events"]]
    if any(a.at > b.at for a, b in zip(events, events[1:])):
        raise ValueError("events of {} are out of order".format(short(read["id"])))
    told, said = read["notified"], (read["source"], read["symptom"], clock(instant(read["opened_at"])))
    return Ticket(
        read["id"], read["device"], read["vendor"], read["repeat_of"], told and instant(told["at"]), events, said
    )


def _outages(read: Iterable[dict[str, Any]]) -> dict[str, list[Outage]]:
    found: dict[str, list[Outage]] = {}
    for one in read:
        edges = instant(one["start"]), perhaps(one["until"]), perhaps(one["last_ok"]), instant(one["confirmed_at"])
        found.setdefault(one["device"], []).append(Outage(one["device"], *edges, one["owner"], one["ticket"]))
    for several in found.values():
        several.sort(key=lambda one: one.start)
    return found


def _observed(read: dict[str, Any]) -> dict[str, list[Row]]:
    return {device: rows_of(rows) for device, rows in read.items()}


def _exemption(read: dict[str, Any]) -> dict[str, Any]:
    for name in ("start", "until", "approved_at", "withdrawn_at"):
        perhaps(read[name])
    return read


class Contract:
    """The contract as the inventory has it, numbers exact."""

    def __init__(self, read: dict[str, Any]) -> None:
        self.read = read
        self.valid = instant(read["valid"]["from"]), instant(read["valid"]["until"])
        self.kinds, self.halls = read["covers"]["kinds"], read["covers"]["halls"]
        self.begin = read["repair"]["start"]
        self.targets = {kind: instant(ms) for kind, ms in read["repair"]["targets"].items()}
        self.fee = None if read["fee"] is None else number(read["fee"])
        self.terms: list[dict[str, Any]] = read["terms"]
        if len(self.terms) > 300 or len({one["id"] for one in self.terms}) != len(self.terms):
            raise ValueError("terms")

    def of(self, device: dict[str, Any]) -> bool:
        """Whether it covers a device while it is in force (R1)."""
        of_kind = self.kinds == "all" or device["kind"] in self.kinds
        return of_kind and (self.halls == "all" or device["hall"] in self.halls)

    def covers(self, device: dict[str, Any], at: int) -> bool:
        """Whether it decides about a device at an instant (R1)."""
        return self.of(device) and self.valid[0] <= at < self.valid[1]

    def travel(self, hall: str, at: int) -> int:
        """The allowance of a hall at an instant: its own entry, else the default, else nothing (R3)."""
        for entries in (self.read["travel"]["halls"].get(hall, ()), self.read["travel"]["default"]):
            for one in entries:
                since, until = perhaps(one["from"]), perhaps(one["until"])
                if (since is None or since <= at) and (until is None or at < until):
                    return instant(one["ms"])
        return 0


# ---- outages: their edges from the observations (O3), what explains them (O5), whose they are (C1, C5)


def check_outages(facts: Facts, findings: Findings) -> None:
    """Each outage begins, is confirmed and ends where the observations around its edges say."""
    for device in sorted(facts.outages):
        confirm, recover = facts.devices[device]["judged_by"]
        rows = facts.observed.get(device, [])
        instants = [row.ts for row in rows]
        for outage in facts.of(device):
            first = 0 if outage.last_ok is None else bisect_left(instants, outage.last_ok)
            said = [outage.last_ok, outage.start, outage.confirmed_at, outage.until]
            found = first_outage(rows, first, confirm, recover)
            what = f"outage of {short(device)} from {clock(outage.start)}: last ok, start, confirmed, end"
            findings.compare(what, [clock(one) for one in said], [clock(one) for one in found])
    for device, rows in sorted(facts.seen.items()):
        _check_unlisted(facts, device, rows, findings)


def first_outage(rows: Sequence[Row], first: int, confirm: int, recover: int) -> list[int | None]:
    """The last ok before it, start, confirmation and end of the first outage in rows from a place on."""
    last_ok: int | None = None
    downs: list[int] = []
    oks: list[int] = []
    for row in rows[first:]:
        if row.state == "down":
            oks = []
            downs.append(row.ts)
        elif row.state in ("up", "degraded"):
            if len(downs) < confirm:
                last_ok, downs = row.ts, []
            else:
                oks.append(row.ts)
                if len(oks) == recover:
                    return [last_ok, downs[0], downs[confirm - 1], oks[0]]
    return [last_ok, downs[0], downs[confirm - 1], None] if len(downs) >= confirm else [last_ok, None, None, None]


def _check_unlisted(facts: Facts, device: str, rows: Sequence[Row], findings: Findings) -> None:
    """What was seen of a device all month has no outage that is not listed."""
    confirm = facts.devices[device]["judged_by"][0]
    listed = [(one.start, one.end(EVER)) for one in facts.of(device)]
    until = min(facts.month["until"], facts.contract.valid[1])
    run: list[int] = []
    for row in rows:
        if row.state in ("up", "degraded") or any(start <= row.ts < end for start, end in listed):
            run = []
        elif row.state == "down":
            run.append(row.ts)
            if len(run) == confirm and run[0] < until:
                findings.compare(f"outage of {short(device)} that is not listed", "-", clock(run[0]))


def hidden(facts: Facts, device: str, outages: Sequence[Outage], rows: Sequence[Row]) -> list[Span]:
    """Where an ancestor's outage explains a device's own (O5)."""
    found = []
    for outage in outages:
        for name in facts.above(device):
            for above in facts.of(name):
                if above.start < outage.end(facts.now) and outage.start < above.end(facts.now):
                    found.append(_explained(facts, outage, above, facts.devices[name]["interval_ms"], rows))
    return united(found)


def _explained(facts: Facts, own: Outage, above: Outage, interval: int, rows: Sequence[Row]) -> Span:
    start, until = max(own.start, above.start), own.end(facts.now)
    asked_first = above.start - 2 * interval <= own.start < above.start
    if asked_first and (above.last_ok is None or own.start > above.last_ok):
        start = own.start
    back = above.end(facts.now)
    if back < until:
        word = next((row for row in rows if row.ts >= back and row.state != "unknown"), None)
        first = facts.now if word is None or word.ts > facts.now else word.ts
        until = min(until, back if word is not None and first == word.ts and word.state == "down" else first)
    return start, until


def blame(facts: Facts, device: dict[str, Any], conditions: Sequence[str]) -> str:
    """Whose a state with these conditions is (C1, C5)."""
    if not conditions:
        if device["vendor"] is not None:
            return "undetermined"
        return "network" if device["kind"] in ("switch", "router") else "operator"
    kind = facts.kinds.get(device["kind"], {"owners": {}, "stopping": []})
    causes = [one for one in conditions if one in kind["stopping"]] or conditions
    owners: list[str] = [kind["owners"].get(one, "undetermined") for one in causes]
    return min(owners, key=OWNERS.index)


def owned(facts: Facts, outage: Outage, rows: Sequence[Row]) -> Iterator[tuple[int, int, str]]:
    """An outage cut by owner: the conditions of a down hold until the next down."""
    device, end = facts.devices[outage.device], outage.end(facts.now)
    edges = [(outage.start, blame(facts, device, ()))]
    edges += [(row.ts, blame(facts, device, row.conditions)) for row in _downs(rows, outage.start, end)]
    for (start, owner), (until, _) in zip(edges, [*edges[1:], (end, "")]):
        if start < until:
            yield start, until, owner


def _downs(rows: Sequence[Row], start: int, end: int) -> list[Row]:
    instants = [row.ts for row in rows]
    return [row for row in rows[bisect_left(instants, start) : bisect_left(instants, end)] if row.state == "down"]


def first_of_vendor(facts: Facts, ticket: Ticket, outages: Sequence[Outage], rows: Sequence[Row]) -> int | None:
    """The first instant of a ticket's outages that is the vendor's (R2, O10) and not behind an ancestor."""
    device = facts.devices[ticket.device]
    for outage in outages:
        behind, free = hidden(facts, ticket.device, [outage], rows), _free_until(facts, device, outage)
        for start, until, owner in owned(facts, outage, rows):
            if owner == "vendor" or (owner == "undetermined" and device["vendor"] is not None):
                at = max(start, free)
                for since, back in behind:
                    at = back if since <= at < back else at
                if at < until:
                    return at
    return None


# ---- the classes of a device's time, for a term `availability` (A1-A3, O6, O10)


def availability(facts: Facts) -> tuple[int, int, bool] | None:
    """Good and bad ms of all devices that the contract covers, and whether enough of their time was seen."""
    good = bad = agreed = blind = 0
    start = max(facts.month["from"], facts.contract.valid[0])
    until = min(facts.month["until"], facts.contract.valid[1], facts.now)
    if start >= until:
        return None
    for name, device in sorted(facts.devices.items()):
        pieces = device_time(facts, name, start, until) if facts.contract.of(device) else ()
        for begin, end, class_ in pieces:
            length = end - begin
            good += length if class_ == "good" else 0
            bad += length if class_ == "bad" else 0
            agreed += length if class_ != "out" else 0
            blind += length if class_ == "blind" else 0
    return good, bad, 2 * (agreed - blind) >= agreed


def device_time(facts: Facts, name: str, start: int, until: int) -> Iterator[tuple[int, int, str]]:
    """[start, until) of a device in pieces: `out` of agreed time, `blind`, `good`, `bad` or `neither`."""
    device, rows = facts.devices[name], facts.seen.get(name, [])
    layers = [
        ("out", _planned(facts, device, start, until)),
        ("blind", _blind(facts, device, rows)),
        ("neither", hidden(facts, name, facts.of(name), rows)),
        ("bad", united((a, b) for a, b, whose in _owned_time(facts, name, rows) if whose)),
        ("neither", united((a, b) for a, b, whose in _owned_time(facts, name, rows) if not whose)),
        ("blind", [(-EVER, _first_good(facts, name, rows))]),
        ("good", [(start, until)]),
    ]
    edges = {start, until}
    for _, spans in layers:
        edges.update(edge for span in spans for edge in span if start < edge < until)
    order = sorted(edges)
    places = [0] * len(layers)
    for begin, end in zip(order, order[1:]):
        for i, (class_, spans) in enumerate(layers):
            while places[i] < len(spans) and spans[places[i]][1] <= begin:
                places[i] += 1
            if places[i] < len(spans) and spans[places[i]][0] <= begin:
                yield begin, end, class_
                break


def _planned(facts: Facts, device: dict[str, Any], start: int, until: int) -> list[Span]:
    """Not in service, closed, maintenance approved before it began, corrections that stand (A1)."""
    hours = facts.hall_hours(device["hall"])
    edges = [start, *sorted(edge for edge in hours.edges(start, until)), until]
    out = [(a, b) for a, b in zip(edges, edges[1:]) if a < b and not hours.is_open(a)]
    if device["commissioned"] is not None:
        out.append((-EVER, device["commissioned"]))
    if device["out_of_service"] is not None:
        out.append((device["out_of_service"], EVER))
    places = {("device", device["id"]), ("hall", device["hall"]), ("branch", facts.halls[device["hall"]]["branch"])}
    for one in facts.exemptions:
        if one["withdrawn_at"] is None and (one["scope_kind"], one["scope"]) in places:
            approved = one["approved_at"] is not None and one["approved_at"] < one["start"]
            if one["kind"] == "correction" or approved:
                out.append((one["start"], one["until"]))
    return united(out)


def _blind(facts: Facts, device: dict[str, Any], rows: Sequence[Row]) -> list[Span]:
    """Before the first observation, while `unknown` holds, and when one is overdue by three intervals (O6)."""
    known = [row for row in rows if row.ts <= facts.now]
    spans = [(-EVER, known[0].ts if known else EVER), (facts.now, EVER)]
    for row, after in zip(known, [*(one.ts for one in known[1:]), facts.now]):
        interval = max(row.due, device["interval_ms"])
        if row.state == "unknown":
            spans.append((row.ts, after))
        elif after - row.ts > 3 * interval:
            spans.append((row.ts + interval, after))
    return united(spans)


def _owned_time(facts: Facts, name: str, rows: Sequence[Row]) -> Iterator[tuple[int, int, bool]]:
    """The outages cut by whether they count as the vendor's; one begun in closed hours is the hall's at first (O10)."""
    device = facts.devices[name]
    for outage in facts.of(name):
        free = _free_until(facts, device, outage)
        for begin, end, owner in owned(facts, outage, rows):
            vendors = _charged(facts, owner, device["vendor"])
            for a, b, whose in ((begin, min(end, free), False), (max(begin, free), end, vendors)):
                if a < b:
                    yield a, b, whose


def _free_until(facts: Facts, device: dict[str, Any], outage: Outage) -> int:
    """Until when an outage is the hall's because it began in closed hours; its start where the hall was open (O10)."""
    hours, grace = facts.hall_hours(device["hall"]), facts.kinds[device["kind"]]["grace_ms"]
    return outage.start if hours.is_open(outage.start) else min(EVER, hours.opens(outage.start) + grace)


def _first_good(facts: Facts, name: str, rows: Sequence[Row]) -> int:
    """When it was first seen up outside of an outage: a broken run of downs before that is blind time (O3)."""
    good = (row.ts for row in rows if row.state in ("up", "degraded") and not _inside(facts.of(name), row.ts))
    return next(good, EVER)


def _inside(outages: Sequence[Outage], at: int) -> bool:
    return any(one.start <= at < one.end(EVER) for one in outages)


# ---- a ticket's clock (R1-R5, R7, K6)


class Repair(NamedTuple):
    """A clock: all in ms; `slices` are (from, until, class)."""

    start: int
    target: int | None
    travel: int
    paused: int
    counted: int
    slices: list[tuple[int, int, str]]

    @property
    def breached(self) -> bool:
        """Longer than the target; equality is none (R5)."""
        return self.target is not None and self.counted > self.target


class Judged(NamedTuple):
    """A ticket of the contract's vendor: when it began, when it was restored, how, its clock.

    The clock of one that is open at the month's end is as it stood then.
    """

    ticket: Ticket
    at: int
    restored: int | None
    how: str
    repair: Repair | None


def judged(facts: Facts, ticket: Ticket) -> Judged | None:
    """A ticket as the contract sees it; None where it is another's, cancelled, or not opened by then (S2)."""
    events = [event for event in ticket.events if event.at <= facts.now]
    opening = next((event.at for event in events if event.what == "opened"), None)
    if opening is None:
        return None
    device, outages = facts.devices[ticket.device], _its(facts, ticket)
    start = _begun(facts, ticket, events, outages)
    if start is not None and start > facts.now:
        start = None
    at = opening if start is None else start
    if not facts.contract.covers(device, at) or not _is_vendors(facts, ticket, events, outages):
        return None
    seen_down = contradictions(facts, ticket, outages)
    was_open, restored, cancelled = open_time(events, outages, seen_down, at, facts.now)
    if cancelled:
        return None
    how = [event.detail.get("how") for event in events if event.what == "restored"]
    repair = None
    if start is not None:
        if restored is None or restored >= facts.month["until"]:  # as it stood at the month's end
            then = min(facts.now, facts.month["until"])
            events = [event for event in events if event.at <= then]
            was_open, back, _ = open_time(events, outages, seen_down, start, then)
            repair = None if start > then else _repair(facts, device, events, start, was_open, back, then)
        else:
            repair = _repair(facts, device, events, start, was_open, restored, facts.now)
    return Judged(ticket, at, restored, (how[-1] if how else None) or "repaired", repair)


def _its(facts: Facts, ticket: Ticket) -> list[Outage]:
    return sorted(
        (one for several in facts.outages.values() for one in several if one.ticket == ticket.id),
        key=lambda one: one.start,
    )


def _begun(facts: Facts, ticket: Ticket, events: Sequence[Event], outages: Sequence[Outage]) -> int | None:
    """When the clock starts (R2): the first call; the first notice where that is earlier; or when it was detected."""
    calls = [
        instant(event.detail.get("reported_at", event.at))
        for event in events
        if event.detail.get("source", "detected") not in ("detected", "", None)
        and (event.what in ("opened", "reopened") or event.detail.get("reported"))
    ]
    called = min(calls) if calls else None
    if facts.contract.begin == "phone":
        return called
    if facts.contract.begin == "notified":
        return min((at for at in (called, ticket.notified) if at is not None), default=None)
    late = any(event.what == "opened" and event.detail.get("late") for event in events)
    detected = None if late else first_of_vendor(facts, ticket, outages, facts.observed.get(ticket.device, []))
    return called if detected is None else detected


def _is_vendors(facts: Facts, ticket: Ticket, events: Sequence[Event], outages: Sequence[Outage]) -> bool:
    """C1, C5: the last change of the owner decides, else what was judged of its outages."""
    owners = [one.owner for one in outages]
    owner: Any = "vendor" if "vendor" in owners else owners[0] if owners else "undetermined"
    for event in events:
        owner = event.detail.get("owner") if event.what == "owner_changed" else owner
    return _charged(facts, owner, ticket.vendor)


def _charged(facts: Facts, owner: Any, vendor: str | None) -> bool:
    """Whether it counts as the vendor's: silence does where there is a vendor, unless the contract frees it (C5)."""
    free = facts.contract.read["silence"] == "free"
    return bool(owner == "vendor" or (owner == "undetermined" and vendor is not None and not free))


def open_time(
    events: Sequence[Event], outages: Sequence[Outage], seen_down: Sequence[int], start: int, now: int
) -> tuple[list[Span], int | None, bool]:
    """The spans in which a ticket was open since `start`, its restoration (None: open), whether it was cancelled."""
    spans: list[Span] = []
    begin, floor, rest = start, -EVER, list(events)
    while True:
        closing = next((i for i, one in enumerate(rest) if one.what in ("reopened", "cancelled")), None)
        back = restoration(rest[:closing], floor, outages, seen_down, now)
        if closing is None:
            spans.append((begin, now if back is None else back))
            return united(spans), None if back is None else max(back, start), False
        end = rest[closing].at
        spans.append((begin, end if back is None else min(end, back)))
        if rest[closing].what == "cancelled":
            return united(spans), max(end, start), True
        begin, floor, rest = max(end, start), end, rest[closing + 1 :]


def restoration(
    life: Sequence[Event], floor: int, outages: Sequence[Outage], seen_down: Sequence[int], now: int
) -> int | None:
    """When the last claim of restoration that nobody rejected took effect (K6); None: it did not."""
    floor = max([floor, *(event.at for event in life if event.what == "rejected")])
    last = max((i for i, event in enumerate(life) if event.what in ("restored", "rejected")), default=None)
    if last is None or life[last].what == "rejected":
        return None
    claim = life[last].at
    sure = any(event.what == "verified" and not event.detail.get("detected") for event in life[last:])
    during = [one for one in outages if one.start < claim and (one.until is None or one.until > floor)]
    if not during:
        return claim
    end = during[-1].until
    end = None if end is None or end > now else end
    if not sure and any(claim <= at <= now and (end is None or at < end) for at in seen_down):
        return end
    return claim if end is None else min(claim, end)


def contradictions(facts: Facts, ticket: Ticket, outages: Sequence[Outage]) -> list[int]:
    """When the device was seen down although it was claimed to be restored and should serve (K6)."""
    claims = [event.at for event in ticket.events if event.what == "restored"]
    claims = [at for at in claims if any(one.start < at < one.end(EVER) for one in outages)]
    if not claims:
        return []
    device, rows = facts.devices[ticket.device], facts.observed.get(ticket.device, [])
    hours, kind = facts.hall_hours(device["hall"]), facts.kinds.get(device["kind"], {})
    grace, behind = kind.get("grace_ms", 15 * MINUTE), hidden(facts, ticket.device, facts.of(ticket.device), rows)
    windows = [(at, hours.after(at, 4 * HOUR)) for at in claims]
    return [
        row.ts
        for row in rows
        if row.state == "down"
        and "asleep" not in row.conditions
        and any(claim <= row.ts < until for claim, until in windows)
        and (row.conditions or _should_serve(row.ts, hours, grace, behind))
    ]


def _should_serve(at: int, hours: Hours, grace: int, behind: Sequence[Span]) -> bool:
    waited = hours.between(at - grace, at) >= grace
    return hours.is_open(at) and waited and not any(start <= at < until for start, until in behind)


def paused(facts: Facts, events: Sequence[Event]) -> list[Span]:
    """Pauses for a listed reason with an approver, until they are resumed or the ticket is closed (R4)."""
    found = []
    for i, event in enumerate(events):
        reason, approver = event.detail.get("reason"), event.detail.get("approver")
        if event.what == "paused" and reason in facts.contract.read["pauses"] and str(approver or "").strip():
            ends = (one.at for one in events[i + 1 :] if _ends(one, reason))
            found.append((event.at, next(ends, EVER)))
    return united(found)


def _ends(event: Event, reason: Any) -> bool:
    if event.what == "resumed":
        return event.detail.get("reason") in (None, "", reason)
    return event.what in ("restored", "cancelled")


def granted(
    facts: Facts, device: dict[str, Any], events: Sequence[Event], start: int, hours: Hours, open_: bool
) -> int:
    """The travel time that a ticket may use (R3)."""
    allowance: int = facts.contract.travel(device["hall"], start)
    if facts.contract.read["travel"]["mode"] == "allowance" or not allowance:
        return allowance
    left = next((i for i, event in enumerate(events) if event.what == "dispatched"), len(events))
    there = next((event.at for event in events[left:] if event.what == "arrived"), None)
    if there is not None:
        return min(allowance, hours.between(events[left].at, there))
    return allowance if open_ else 0


def _repair(
    facts: Facts,
    device: dict[str, Any],
    events: Sequence[Event],
    start: int,
    was_open: list[Span],
    back: int | None,
    now: int,
) -> Repair:
    """The slices from the start to the restoration, or to now, and their sums (R5, R7)."""
    hours = facts.hours[facts.contract.read["calendar"]]
    end, stops = now if back is None else back, paused(facts, events)
    left = granted(facts, device, events, start, hours, back is None)
    edges = {start, end, *hours.edges(start, end)}
    edges.update(edge for span in was_open + stops for edge in span if start < edge < end)
    slices: list[tuple[int, int, str]] = []
    order = sorted(edges)
    for begin, until in zip(order, order[1:]):
        class_ = _class_of(begin, was_open, hours, stops)
        middle = min(until, begin + left) if class_ == "counted" else begin
        left -= middle - begin
        _extend(slices, begin, middle, "travel")
        _extend(slices, middle, until, class_)
    sums = {name: sum(b - a for a, b, class_ in slices if class_ == name) for name in ("travel", "paused", "counted")}
    return Repair(
        start, facts.contract.targets.get(device["kind"]), sums["travel"], sums["paused"], sums["counted"], slices
    )


def _class_of(at: int, was_open: Sequence[Span], hours: Hours, stops: Sequence[Span]) -> str:
    if not any(start <= at < until for start, until in was_open):
        return "restored"
    if not hours.is_open(at):
        return "closed"
    return "paused" if any(start <= at < until for start, until in stops) else "counted"


def _extend(slices: list[tuple[int, int, str]], start: int, until: int, class_: str) -> None:
    if start < until:
        if slices and slices[-1][2] == class_:
            start = slices.pop()[0]
        slices.append((start, until, class_))


# ---- the terms of the contract (S1-S3, S7)


class Ground(NamedTuple):
    """What a line's value is made of: a ticket or a thing, and what it adds."""

    thing: str
    amount: Fraction
    ticket: Judged | None = None
    note: str | None = None


class Line(NamedTuple):
    """A line of the statement, computed; `numbers` are all that its arithmetic may name."""

    term: dict[str, Any]
    grounds: list[Ground]
    removed: dict[str, str]
    value: Fraction | None
    numbers: dict[str, Fraction | None]
    measured: tuple[str, ...]  # the numbers that its value is made of

    @property
    def deduction(self) -> Fraction:
        """In points."""
        return self.numbers["deduction"] or Fraction(0)


class Account:
    """The tickets of the month: those begun in it, restored in it, and open at its end (S2)."""

    def __init__(self, facts: Facts) -> None:
        found = [one for one in (judged(facts, ticket) for ticket in facts.tickets) if one is not None]
        found.sort(key=lambda one: (one.at, one.ticket.id))
        start, until = facts.month["from"], facts.month["until"]
        self.facts, self.all = facts, {one.ticket.id: one for one in found}
        self.begun = [one for one in found if start <= one.at < until]
        self.restored = [one for one in found if one.restored is not None and start <= one.restored < until]
        self.open = [one for one in found if one.at < until and (one.restored is None or one.restored >= until)]
        self.devices = _in_service(facts)


def _in_service(facts: Facts) -> int:
    """How many devices the contract covers at the month's start, for `per_100` (S1)."""
    at = facts.month["from"]
    return sum(1 for one in facts.devices.values() if facts.contract.of(one) and _serves(one, at))


def _serves(device: dict[str, Any], at: int) -> bool:
    begun = device["commissioned"] is None or device["commissioned"] <= at
    return begun and (device["out_of_service"] is None or at < device["out_of_service"])


def grounds(account: Account, term: dict[str, Any]) -> list[Ground]:
    """What stands behind a term's value (S2)."""
    name, late = term["term"], term.get("count") == "rectification"
    if name == "fault_count":
        return list(_faults(account, term["sources"] or ("phone", "import")))
    if name == "repeat_repairs":
        repeats = [one for one in account.begun if one.ticket.repeat_of]
        return [Ground(one.ticket.id, Fraction(1), one, one.ticket.repeat_of) for one in repeats]
    if name == "self_repair_rate":
        machines = [one for one in account.restored if _kind(account, one) in ("kiosk", "queue")]
        return [Ground(one.ticket.id, Fraction(int(one.how == "by_maker")), one, one.how) for one in machines]
    if name in ("missed_patrols", "spare_not_ready"):
        kind = {"missed_patrols": "missed_patrol"}.get(name, name)
        return [Ground(thing, Fraction(1)) for thing in sorted({one["thing"] for one in _standing(account, kind)})]
    if name == "satisfaction":
        return _survey(account)
    if name == "availability":
        return _time(account)
    timed = [(one, _ms(one.repair, name, late)) for one in account.restored if one.repair]
    return [Ground(one.ticket.id, Fraction(ms), one, "") for one, ms in timed if ms]


def _kind(account: Account, one: Judged) -> str:
    return str(account.facts.devices[one.ticket.device]["kind"])


def _faults(account: Account, sources: Sequence[str]) -> Iterator[Ground]:
    """A ticket counts if any of its reports is of a named source; the earliest is noted."""
    for one in account.begun:
        reports = sorted(
            (event.detail.get("reported_at", event.at), event.detail["source"])
            for event in one.ticket.events
            if event.at <= account.facts.now
            and event.detail.get("source") in sources
            and (event.what in ("opened", "reopened") or event.detail.get("reported"))
        )
        if reports:
            yield Ground(one.ticket.id, Fraction(1), one, reports[0][1])


def _ms(repair: Repair | None, name: str, late_only: bool) -> int:
    """What a repair adds: 1 if late, its time, or how late it was; by rectification only late ones, in full."""
    if repair is None:
        return 0
    if name == "late_repairs":
        return int(repair.breached)
    if name == "fault_hours":
        return repair.counted if repair.breached or not late_only else 0
    if not repair.breached or repair.target is None:
        return 0
    return repair.counted - (0 if late_only else repair.target)


def _standing(account: Account, kind: str) -> list[dict[str, Any]]:
    """What a person found and nobody took back."""
    return [one for one in account.facts.findings if one["kind"] == kind and one["withdrawn_at"] is None]


def _survey(account: Account) -> list[Ground]:
    surveys = _standing(account, "survey")
    count = sum(one["count"] for one in surveys)
    total = sum((number(one["total"]) for one in surveys), Fraction(0))
    return [Ground("survey", total), Ground("survey", Fraction(count))] if count else []


def _time(account: Account) -> list[Ground]:
    found = availability(account.facts)
    if found is None or not found[2] or found[0] + found[1] == 0:
        return []
    return [Ground("availability", Fraction(found[0])), Ground("availability", Fraction(found[1]))]


LESS_IS_BAD = ("self_repair_rate", "satisfaction", "availability")


def charge(account: Account, term: dict[str, Any], taken: dict[str, str]) -> Line:
    """A term's line, without the tickets that another line of its group charges already (S1, S3)."""
    every = grounds(account, term)
    removed = {one.thing: taken[one.thing] for one in every if one.ticket and one.amount and one.thing in taken}
    kept = [one for one in every if not (one.ticket and one.thing in removed)]
    numbers = _value(term["term"], kept)
    measured = tuple(numbers)
    numbers.update(_deducted(account, term, numbers["value"]))
    return Line(term, kept, removed, numbers["value"], numbers, measured)


def _value(name: str, kept: Sequence[Ground]) -> dict[str, Fraction | None]:
    total = sum((one.amount for one in kept), Fraction(0))
    if name in LESS_IS_BAD and not kept:
        return {"value": None}
    if name == "satisfaction":
        answers, count = kept[0].amount, kept[1].amount
        return {"total": answers, "count": count, "value": answers / count}
    if name == "self_repair_rate":
        own, every = len(kept) - total, Fraction(len(kept))
        return {"own": own, "all": every, "value": 100 * own / every}
    if name == "availability":
        return {"good": kept[0].amount, "all": total, "value": 100 * kept[0].amount / total}
    if name in ("fault_hours", "late_minutes"):
        return {"ms": total, "value": total / (HOUR if name == "fault_hours" else MINUTE)}
    return {"value": total}


def _deducted(account: Account, term: dict[str, Any], value: Fraction | None) -> dict[str, Fraction | None]:
    """Allowance, overrun, units, points, cap; rounded last (S1)."""
    allowance = _allowance(account, term)
    over = Fraction(0) if value is None else allowance - value if term["term"] in LESS_IS_BAD else value - allowance
    over = max(Fraction(0), over)
    unit = number(term["unit"]) / (10 if term["term"] == "availability" else 1)
    units = over / unit
    if term["round"] != "exact":
        units = Fraction(-(-units.numerator // units.denominator) if term["round"] == "up" else units // 1)
    points = number(term["points"])
    cap = None if term["cap"] is None else number(term["cap"])
    capped = units * points if cap is None else min(units * points, cap)
    return {
        "allowance": allowance,
        "rate": _rate(term),
        "devices": Fraction(account.devices),
        "overrun": over,
        "unit": unit,
        "units": units,
        "points": points,
        "full": units * points,
        "cap": cap,
        "capped": capped,
        "deduction": cents(capped),
    }


def _rate(term: dict[str, Any]) -> Fraction | None:
    return number(term["allowance"]["per_100"]) if isinstance(term["allowance"], dict) else None


def _allowance(account: Account, term: dict[str, Any]) -> Fraction:
    rate = _rate(term)
    if rate is not None:
        return Fraction(-(-(rate * account.devices / 100) // 1))
    if term["allowance"] is None:
        return Fraction(90 if term["term"] == "self_repair_rate" else 0)
    return number(term["allowance"])


def cents(amount: Fraction) -> Fraction:
    """To 0.01, half up."""
    return Fraction((200 * amount + 1) // 2, 100)


def lines_of(account: Account) -> list[Line]:
    """All terms in the contract's order; in a group the largest deduction first, which takes its tickets (S3)."""
    terms = account.facts.contract.terms
    found: dict[str, Line] = {}
    for group in [None, *sorted({one["group"] for one in terms if one["group"] is not None})]:
        waiting = [one for one in terms if one["group"] == group]
        taken: dict[str, str] = {}
        while waiting:
            lines = [charge(account, term, taken if group is not None else {}) for term in waiting]
            best = max(line.deduction for line in lines)
            line = next(line for line in lines if line.deduction == best)
            found[line.term["id"]] = line
            waiting.remove(line.term)
            if best:
                taken.update((one.thing, line.term["id"]) for one in line.grounds if one.ticket and one.amount)
    return [found[one["id"]] for one in terms]


def paid(facts: Facts, score: Fraction) -> tuple[Fraction | None, Fraction | None]:
    """How many percent of the fee a score pays, and what that is (S7)."""
    payment = facts.contract.read["payment"]
    percent = Fraction(100) if payment == "none" else score
    if isinstance(payment, dict):
        reached = [(number(band["from"]), number(band["percent"])) for band in payment["bands"]]
        percent = max([one for one in reached if one[0] <= score], default=(Fraction(0), Fraction(0)))[1]
    return percent, None if facts.contract.fee is None else cents(facts.contract.fee * percent / 100)


# ---- the statement beside what the facts give

FIGURES = (
    "lines",
    "tickets",
    "open",
    "findings",
    "arithmetic",
    "fee",
    "payment_rule",
    "devices_in_service",
    "known_at",
)


def check_paper(paper: dict[str, Any], told: dict[str, Any], findings: Findings) -> None:
    """The statement says what was counted and published, but for what was given back since."""
    for name in sorted({*paper, *FIGURES} - {"score", "payment"}):
        if told[name] != paper[name]:
            findings.compare(f"{short(name)} of the statement and as it was published", told[name], paper[name])
    for name in ("score", "payment"):
        findings.compare(f"{name} as it was published", told.get(name + "_before", told[name]), paper[name])


SEALED = (
    "score", "payment", "score_before", "payment_before", "settlement",
    "published_at", "dispute_until", "publications", "disputes", "counter_entries",
)  # fmt: skip


def check_life(told: dict[str, Any], seals: Sequence[dict[str, Any]], findings: Findings) -> None:
    """What became of it is what its seal says; what was given back, two people agreed on (S5, S6)."""
    if "state" in told:
        findings.compare("sealed", told["state"] == "sealed", bool(seals))
        links = [told["seal"], *told["amendments"]] if told["seal"] else []
        findings.compare("hashes of its seals", [one["hash"] for one in links], [one["hash"] for one in seals])
        for one, seal in zip(links, seals):
            said = {name: value for name, value in seal["detail"].items() if name in one}
            findings.compare("what seal {} says".format(short(seal["n"])), {name: one[name] for name in said}, said)
    sealed = seals[0]["detail"] if seals else {}
    for name in SEALED:
        if name in sealed:
            findings.compare(f"{name} as it was sealed", told[name], sealed[name])
    given = [(one["dispute"], one["line"], number(one["points"])) for one in told.get("counter_entries") or ()]
    if "disputes" in told:
        settled = [one for one in told["disputes"] if one["state"] == "accepted"]
        accepted = [(one["n"], one["line"], number(one["answer"]["points"])) for one in settled]
        findings.compare("points given back", sorted(given), sorted(accepted))
    for one in told.get("counter_entries") or ():
        good = number(one["points"]) > 0 and one["by"] != one["approved_by"]
        findings.compare("points of dispute {}, given back by two".format(short(one["dispute"])), good, True)


def check_statement(told: dict[str, Any], facts: Facts, findings: Findings) -> None:
    """Every figure of the statement."""
    _check_month(told, facts, findings)
    account = Account(facts)
    findings.compare("devices in service at the month's start", told["devices_in_service"], account.devices)
    lines = lines_of(account)
    findings.compare("lines", [one["id"] for one in told["lines"]], [one.term["id"] for one in lines])
    for said, line in zip(told["lines"], lines):
        check_line(said, line, facts, findings)
    _check_score(told, facts, lines, findings)
    findings.compare("tickets open at the month's end", told["open"], [one.ticket.id for one in account.open])
    concerned = {one.ticket.id: one for part in (account.begun, account.restored, account.open) for one in part}
    order = sorted(concerned.values(), key=lambda one: (one.at, one.ticket.id))
    findings.compare("tickets", [one["id"] for one in told["tickets"]], [one.ticket.id for one in order])
    for said, one in zip(told["tickets"], order):
        check_ticket(said, one, facts, findings)
    _check_findings(told["findings"], facts, findings)


def _check_month(told: dict[str, Any], facts: Facts, findings: Findings) -> None:
    """The month's borders in the contract's zone, the contract, the vendor (T1, S2)."""
    year, number_ = (int(part) for part in told["month"].split("-"))
    zone = facts.zones[facts.contract.read["zone"]]
    borders = zone.midnight(date(year, number_, 1)), zone.midnight(date(year + number_ // 12, number_ % 12 + 1, 1))
    for name, at in zip(("from", "until"), borders):
        findings.compare(f"month {name}", clock(moment(told[name])), clock(at))
        findings.compare(f"month {name} in the facts", clock(facts.month[name]), clock(at))
    for name, at in zip(("from", "until"), facts.contract.valid):
        findings.compare(f"contract valid {name}", clock(moment(told["valid"][name])), clock(at))
    findings.compare("zone", told["zone"], facts.contract.read["zone"])
    for name in ("contract", "vendor", "vendor_name", "month", "rules_version"):
        findings.compare(name, told[name], facts.month[name])


def check_line(said: dict[str, Any], line: Line, facts: Facts, findings: Findings) -> None:
    """A line's numbers, what stands behind it, and each number of its arithmetic."""
    name, numbers = "line {}".format(short(said["id"])), line.numbers
    findings.compare(f"{name} term", said["term"], line.term["term"])
    exact = None if line.value is None or line.value == six(line.value) else line.value
    findings.compare(f"{name} value, exact", said["value_exact"] and number(said["value_exact"]), exact)
    findings.compare(f"{name} value", said["value"] and number(said["value"]), six(line.value))
    for key in ("allowance", "overrun", "units", "deduction"):
        findings.compare(f"{name} {key}", number(said[key]), six(numbers[key]))
    cut = numbers["cap"] if numbers["cap"] is not None and numbers["cap"] < (numbers["full"] or 0) else None
    findings.compare(f"{name} cap", said["cap"] and number(said["cap"]), six(cut))
    findings.compare(f"{name} group", said["group"], line.term["group"])
    removed = sorted((one["ticket"], one["charged_in"]) for one in said["removed"])
    findings.compare(f"{name} removed", removed, sorted(line.removed.items()))
    behind = [_said_ground(one) for one in said["evidence"]]
    findings.compare(f"{name} evidence", behind, [_found_ground(one, facts) for one in line.grounds])
    _check_arithmetic(name, said["arithmetic"], numbers, findings)
    terms = {step["numbers"]["term"] for step in said["arithmetic"] if "term" in step["numbers"]}
    findings.compare(f"{name} term of the arithmetic", sorted(terms), [line.term["term"]])
    named = [sorted(step["numbers"]) for step in said["arithmetic"]]
    findings.compare(f"{name} steps of the arithmetic", named, [sorted(one) for one in _steps(line)])
    rounded = [_rounding(step["text"]) for step in said["arithmetic"] if "unit" in step["numbers"]]
    findings.compare(f"{name} rounding", rounded, [] if line.value is None else [line.term["round"]])


def _rounding(text: str) -> str:
    return "up" if "rounded up" in text else "down" if "rounded down" in text else "exact"


def _steps(line: Line) -> Iterator[Iterable[str]]:
    """Which numbers each step of a line's arithmetic names."""
    yield from [("tickets", "line", "group")] * len(set(line.removed.values()))
    if line.numbers["rate"] is not None:
        yield "rate", "devices", "allowance"
    if line.value is None:
        yield ("term",)
        return
    yield line.measured
    yield from (("term", "value", "allowance", "overrun"), ("overrun", "unit", "units"), ("units", "points", "full"))
    yield ("cap",) if line.numbers["cap"] is not None else ()
    if line.numbers["capped"] != line.deduction:
        yield "capped", "deduction"


def six(value: Fraction | None) -> Fraction | None:
    """To six digits, half up, as the statement writes numbers."""
    return None if value is None else Fraction((2 * 10**6 * value + 1) // 2, 10**6)


def _said_ground(one: dict[str, Any]) -> tuple[Any, ...]:
    amount, note = number(one["amount"]), one["note"] if one["ticket"] else None
    lengths = [one[name] if one[name] is None else number(one[name]) * 1000 for name in ("counted_s", "target_s")]
    return (one["thing"], amount, note, clock(moment(one["start"])), clock(moment(one["until"])), *lengths)


def _found_ground(one: Ground, facts: Facts) -> tuple[Any, ...]:
    if one.ticket is None:
        return (one.thing, six(one.amount), None, "-", "-", None, None)
    back, repair = one.ticket.restored, one.ticket.repair
    back = None if back is None or back >= facts.month["until"] else back
    lengths = [None, None] if repair is None else [repair.counted, repair.target]
    return (one.thing, one.amount, one.note or "", clock(one.ticket.at), clock(back), *lengths)


def _check_arithmetic(
    name: str, steps: Iterable[dict[str, Any]], numbers: dict[str, Fraction | None], findings: Findings
) -> None:
    for i, step in enumerate(steps):
        for key, text in sorted(step["numbers"].items()):
            if key in numbers:
                exact, _, rounded = str(text).partition(" \u2248 ")
                same = not rounded or number(rounded) == six(numbers[key])
                findings.compare(f"{name} arithmetic {i + 1}, {key}", number(exact) if same else text, numbers[key])


def _check_score(told: dict[str, Any], facts: Facts, lines: Sequence[Line], findings: Findings) -> None:
    """Score and payment, before and after what was given back (S1, S5, S7)."""
    given: dict[str, Fraction] = {}
    for one in told.get("counter_entries") or ():
        given[one["line"]] = given.get(one["line"], Fraction(0)) + number(one["points"])
    every = sum((line.deduction for line in lines), Fraction(0))
    rest = sum((max(Fraction(0), line.deduction - given.get(line.term["id"], 0)) for line in lines), Fraction(0))
    numbers = {"deductions": every, "given": sum(given.values(), Fraction(0)), "score": max(Fraction(0), 100 - rest)}
    percent, payment = paid(facts, numbers["score"])
    paying = {} if payment is None else {"fee": facts.contract.fee, "percent": percent, "payment": payment}
    _check_arithmetic("settlement", told.get("settlement") or (), {**numbers, **paying}, findings)
    if "settlement" in told:
        steps = [sorted(step["numbers"]) for step in told["settlement"]]
        findings.compare("steps of the settlement", steps, [sorted(one) for one in (numbers, paying) if one and given])
    settled = "score_before" in told
    for what, deducted, before in (("", rest, ""), (" before counter-entries", every, "_before")):
        if settled or not before:
            score = max(Fraction(0), 100 - deducted)
            percent, payment = paid(facts, score)
            findings.compare(f"score{what}", number(told["score" + before]), score)
            findings.compare(f"payment{what}", _money(told["payment" + before]), payment)
    percent, payment = paid(facts, max(Fraction(0), 100 - every))
    numbers = {"deductions": every, "score": max(Fraction(0), 100 - every), "fee": facts.contract.fee}
    _check_arithmetic("score", told["arithmetic"], dict(numbers, percent=percent, payment=payment), findings)
    findings.compare("fee", _money(told["fee"]), None if facts.contract.fee is None else cents(facts.contract.fee))
    findings.compare("payment rule", _rule(told["payment_rule"]), _rule(facts.contract.read["payment"]))


def _money(text: Any) -> Fraction | None:
    return None if text is None else number(text)


def _rule(payment: Any) -> Any:
    if not isinstance(payment, dict):
        return payment
    return [(number(band["from"]), number(band["percent"])) for band in payment["bands"]]


def check_ticket(said: dict[str, Any], one: Judged, facts: Facts, findings: Findings) -> None:
    """A ticket's clock with each of its slices, and its outages."""
    name, ticket, until = "ticket {}".format(short(said["id"])), one.ticket, facts.month["until"]
    device = facts.devices[ticket.device]
    found = [ticket.device, device["kind"], device["hall"], facts.halls[device["hall"]]["name"], *ticket.said]
    names = ("device", "kind", "hall", "hall_name", "source", "symptom", "opened_at")
    findings.compare(f"{name} device, hall, report", [said[key] for key in names], found)
    back = None if one.restored is None or one.restored >= until else one.restored
    found = [clock(one.at), clock(back), None if back is None else one.how, ticket.repeat_of]
    told_ = [clock(moment(said["begun_at"])), clock(moment(said["restored_at"])), said["how"], said["repeat_of"]]
    findings.compare(f"{name} begun, restored, how, repeat of", told_, found)
    findings.compare(f"{name} clock", _said_clock(said["clock"]), _found_clock(one.repair))
    at = min(facts.now, until) if back is None else facts.now
    outages = [
        (clock(x.start), clock(x.end(at) if x.end(EVER) <= at else None)) for x in _its(facts, ticket) if x.start <= at
    ]
    findings.compare(f"{name} outages", [(x["from"], x["until"] or "-") for x in said["outages"]], outages)


def _said_clock(said: dict[str, Any] | None) -> Any:
    if said is None:
        return None
    lengths = [_ms_of(said[name]) for name in ("target_s", "travel_s", "paused_s", "counted_s")]
    slices = [(x["from"], x["until"], x["class"], _ms_of(x["seconds"])) for x in said["slices"]]
    return [clock(moment(said["start"])), *lengths, said["breached"], *slices]


def _ms_of(seconds: Any) -> Fraction | None:
    return None if seconds is None else number(seconds) * 1000


def _found_clock(repair: Repair | None) -> Any:
    if repair is None:
        return None
    lengths = [repair.target, repair.travel, repair.paused, repair.counted]
    slices = [(clock(a), clock(b), class_, b - a) for a, b, class_ in repair.slices]
    return [clock(repair.start), *lengths, repair.breached, *slices]


def _check_findings(told: Sequence[dict[str, Any]], facts: Facts, findings: Findings) -> None:
    said = sorted((one["id"], one["kind"], one["thing"], str(one["total"]), str(one["answers"])) for one in told)
    standing = (one for one in facts.findings if one["withdrawn_at"] is None)
    found = sorted((one["id"], one["kind"], one["thing"], str(one["total"]), str(one["count"])) for one in standing)
    findings.compare("findings of people", said, found)


# ---- the whole


def verify(files: dict[str, bytes], wanted: dict[str, str | None]) -> Findings:
    """Compare all of it; raises Bad where it cannot be understood."""
    findings = Findings()
    try:
        check_files(files, wanted, findings)
        paper, told = (parsed(name, files[name]) for name in ("paper.json", "statement.json"))
        check_paper(paper, told, findings)
        check_life(told, parsed("seals.json", files["seals.json"]), findings)
        now = moment(told["known_at"])
        if now is None:
            raise ValueError("no known_at")
        facts = Facts(files, now)
        check_outages(facts, findings)
        check_statement(told, facts, findings)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RecursionError) as error:
        raise Bad(f"the pack cannot be understood: {type(error).__name__} {short(error)}") from None
    return findings


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Check an evidence pack: digests, then every figure from the facts.")
    parser.add_argument("pack", nargs="?", default=os.path.dirname(os.path.abspath(__file__)), help="ZIP or folder")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--quiet", action="store_true", help="print only what differs")
    for name in ("root", "facts", "statement"):
        parser.add_argument("--" + name, metavar="DIGEST", help=f"the {name} digest as you know it from elsewhere")
    asked = parser.parse_args(arguments)
    wanted = {name: getattr(asked, name) for name in ("root", "facts", "statement")}
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        findings = verify(files_of(asked.pack), wanted)
    except Bad as bad:
        print(json.dumps({"error": str(bad)}) if asked.json else f"cannot be checked 无法核对: {bad}")
        return 1
    _print(findings, asked.json, asked.quiet)
    return 1 if findings.differing else 0


def _print(findings: Findings, as_json: bool, quiet: bool) -> None:
    if as_json:
        names = ("same", "what", "statement", "facts")
        rows = [dict(zip(names, row)) for row in findings.rows]
        print(json.dumps({"compared": len(rows), "differing": findings.differing, "figures": rows}, indent=1))
        return
    for same, what, said, found in findings.rows:
        if not same:
            print(f"DIFFERS 不符  {what}: the pack says {said}, the facts give {found}")
        elif not quiet:
            print(f"same 一致  {what}: {said}")
    every, differing = len(findings.rows), findings.differing
    print(f"{every} compared, {differing} differ. 共核对 {every} 项，{differing} 项不符。")


if __name__ == "__main__":
    sys.exit(main())
