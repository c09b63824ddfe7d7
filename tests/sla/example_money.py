"""How the examples of repair clocks, statements and duties are read: lines of events, tables, contracts.

The files are read as plain texts (no `yes` that becomes True, no 10:30 that becomes a number), and every text must be
understood whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args
from zoneinfo import ZoneInfo

import yaml

from sla.calendar import ALWAYS, Calendar, Clock
from sla.case import Case, Fault
from sla.contract import Band, Contract, Granted, Start, Term, Travel
from sla.owners import OWNERS
from sla.ticket import Happening
from tests.sla.example_notation import Wall, length

EXAMPLES: Final = Path(__file__).parent / "examples"
EVER: Final = 1 << 62

Document = Mapping[str, Any]

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME: Final = r"(?P<time>\d\d:\d\d(?::\d\d(?:\.\d{3})?)?)(?P<utc> UTC)?(?P<rest>.*)"
_DATE: Final = re.compile(r"(?P<date>\d{4}-\d\d-\d\d) " + _TIME)
_WEEKDAY: Final = re.compile(rf"(?P<next>next )?(?P<weekday>{'|'.join(_DAYS)}) " + _TIME)
_DAY: Final = re.compile(rf"(?P<day>\d\d?) (?P<month>{'|'.join(_MONTHS)}) " + _TIME)
_BARE: Final = re.compile(_TIME)
_STRETCH: Final = re.compile(r" ?- ?")


def examples(file: str) -> Iterator[dict[str, Any]]:
    """The examples of a file, each with what the file says for all of them; its own contract goes before theirs."""
    document = _document(file)
    for one in document["examples"]:
        merged = {key: value for key, value in document.items() if key != "examples"} | one
        merged["contract"] = document.get("contract", {}) | one.get("contract", {})
        yield merged


@cache
def _document(file: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(
        (EXAMPLES / file).read_text("utf-8"), Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    )
    return document


class Told(NamedTuple):
    """An instant in ms, the date on which it was told, and the words after it."""

    ms: int
    day: date
    rest: str


class Reader(NamedTuple):
    """Reads instants of one example: in its zone, in the week from `monday`, in the year of its month."""

    zone: ZoneInfo
    monday: date | None = None
    year: int | None = None

    @classmethod
    def of(cls, example: Document) -> Reader:
        """As the example says."""
        monday, month = example.get("monday"), example.get("month")
        return cls(
            ZoneInfo(example["contract"]["zone"]),
            date.fromisoformat(monday) if monday else None,
            int(month[:4]) if month else None,
        )

    def instant(self, text: str) -> int:
        """`Mon 10:00`, `next Mon 10:00`, `5 Oct 10:00`, `31 Oct 16:30 UTC`, `2026-10-12 10:00:00.001` in ms."""
        ms, _, rest = self.told(text)
        if rest:
            raise ValueError(f"{text!r}: what is {rest!r}?")
        return ms

    def told(self, text: str, day: date | None = None) -> Told:
        """An instant at the beginning of a text; a bare time is of `day`."""
        if match := _DATE.fullmatch(text):
            day = date.fromisoformat(match["date"])
        elif (match := _WEEKDAY.fullmatch(text)) and self.monday:
            day = self.monday + timedelta(days=_DAYS.index(match["weekday"]) + (7 if match["next"] else 0))
        elif (match := _DAY.fullmatch(text)) and self.year:
            day = date(self.year, _MONTHS.index(match["month"]) + 1, int(match["day"]))
        else:
            match = _BARE.fullmatch(text)
        if match is None or day is None:
            raise ValueError(f"{text!r} begins with no instant such as Mon 10:00")
        zone = ZoneInfo("UTC") if match["utc"] else self.zone
        return Told(Wall(zone, day).instant(match["time"]), day, match["rest"].strip())

    def stretch(self, text: str) -> tuple[int, int | None, str]:
        """`Mon 10:00-10:30 travel`, `Mon 20:00 - Tue 08:00 closed`, `Mon 09:50 - now`: start, end, the words after."""
        start, day, rest = self.told(text)
        end = _STRETCH.sub("", rest, count=1)
        if end.startswith("now"):
            return start, None, end[3:].strip()
        until, _, words = self.told(end, day)
        return start, until, words

    def shown(self, ms: int | None) -> str:
        """An instant to compare and to read."""
        return "none" if ms is None else Wall(self.zone, date.min).shown(ms)

    def midnight(self, text: str) -> int:
        """A date's first instant."""
        return Wall(self.zone, date.fromisoformat(text)).instant("00:00")


def ms(text: str) -> int:
    """`1h 25m`, `2h 1ms`, `0m` in ms."""
    return length(text.replace(" ", ""))


def number(text: str) -> Fraction:
    """`4.2`, `61/30`, `2 1/30`, `95 %` (a percentage is a hundredth part), `-25 %`."""
    if text.endswith("%"):
        return number(text.removesuffix("%").strip()) / 100
    return sum((Fraction(part) for part in text.split(" ")), Fraction(0))


def optional(text: str) -> Fraction | None:
    """A number, or `none`."""
    return None if text == "none" else number(text)


def table(text: str) -> list[dict[str, str]]:
    """Rows by the names of their columns; cells are apart by two spaces or more, `-` is an empty one."""
    lines = [re.split(r" {2,}", line.strip()) for line in text.splitlines() if line.strip()]
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    return [{name: cell for name, cell in row.items() if cell != "-"} for row in rows]


# Events


_EVENTS: Final[Mapping[str, Callable[[re.Match[str], Reader], tuple[str, dict[str, Any]]]]] = {
    r"opened by (\w+)": lambda m, _: ("opened", {"source": m[1]}),
    r"joined by (\w+)": lambda m, _: ("note", {"source": m[1], "reported": True}),
    r"joined by (\w+), reported (.+)": lambda m, reader: (
        "note",
        {"source": m[1], "reported": True, "reported_at": reader.instant(m[2])},
    ),
    r"reopened by (\w+)": lambda m, _: ("reopened", {"source": m[1]}),
    r"paused (\w+)": lambda m, _: ("paused", {"reason": m[1]}),
    r"paused (\w+) approved by (\w+)": lambda m, _: ("paused", {"reason": m[1], "approver": m[2]}),
    r"resumed (\w+)": lambda m, _: ("resumed", {"reason": m[1]}),
    r"restored (\w+)": lambda m, _: ("restored", {"how": m[1]}),
    r"cancelled (\w+)": lambda m, _: ("cancelled", {"reason": m[1]}),
    r"owner changed to (\w+)": lambda m, _: ("owner_changed", {"owner": m[1]}),
    r"(resumed|verified|rejected|reopened|dispatched|arrived)": lambda m, _: (m[1], {}),
}


def event(line: str, reader: Reader) -> Happening:
    """`Mon 10:40 paused awaiting_customer approved by Li`; when it was `entered` changes nothing."""
    at, _, words = reader.told(line)
    words = words.partition(", entered ")[0]
    for pattern, read in _EVENTS.items():
        if match := re.fullmatch(pattern, words):
            what, detail = read(match, reader)
            return Happening(what, at, "somebody", detail)
    raise ValueError(f"{line!r}: what is {words!r}?")


def case(document: Document, reader: Reader) -> Case:
    """A ticket with the keys of an example, or a row of a table of tickets."""
    owner = document.get("owner", "undetermined")
    return Case(
        id=document.get("ticket", "A"),
        device=document.get("device", "P-1"),
        kind=document.get("kind", "printer"),
        hall=document.get("hall", "h-1"),
        events=list(_events(document, reader)),
        outages=[Fault(*reader.stretch(one)[:2]) for one in document.get("outages", ())],
        down_seen=[reader.instant(one) for one in document.get("seen down", ())],
        notified_at=_instant(document, "notified", reader),
        detected_at=_instant(document, "detected", reader),
        owner=OWNERS[OWNERS.index(owner)],
        has_vendor=document.get("vendor", "yes") == "yes",
        repeat_of=document.get("repeats"),
    )


def _events(document: Document, reader: Reader) -> Iterator[Happening]:
    if "events" in document:
        yield from (event(line, reader) for line in document["events"])
        return
    began, repair = reader.instant(document["began"]), document["repaired in"]
    yield Happening("opened", began, "somebody", {"source": document.get("source", "phone")})
    if repair != "open":
        yield Happening("restored", began + ms(repair), "somebody", {"how": document.get("how", "repaired")})


def _instant(document: Document, key: str, reader: Reader) -> int | None:
    return reader.instant(document[key]) if key in document else None


# Contracts


def contract(document: Document, terms: str = "") -> Contract:
    """A contract as an example says it, with a table of terms."""
    reader = Reader(ZoneInfo(document["zone"]))
    start = document.get("start", "phone")
    assert start in get_args(Start)
    fee = document.get("fee", "none")
    return Contract(
        id=document.get("id", "c-1"),
        vendor="v-1",
        start=reader.midnight(document["from"]) if "from" in document else -EVER,
        until=reader.midnight(document["until"]) if "until" in document else EVER,
        zone=reader.zone,
        clock=_clock(document["zone"], document["hours"], document.get("holidays", "none")),
        kinds=frozenset(document["kinds"]) if "kinds" in document else None,
        halls=frozenset(document["halls"]) if "halls" in document else None,
        begin=start,
        targets={kind: ms(text) for kind, text in document["target"].items()},
        warn=tuple(int(percent) for percent in document.get("warn", ("50", "75", "100"))),
        travel=_travel(document["travel"], reader),
        pauses=frozenset(document.get("pauses", ())),
        free_silence=document.get("silence", "vendor") == "free",
        fee=optional(fee),
        payment=_payment(document.get("payment", "none")),
        terms=tuple(_term(row) for row in table(terms)),
    )


@cache
def _clock(zone: str, hours: str, holidays: str) -> Clock:
    """`24x7`, `never`, or `Mon-Sun 08:00-12:00 13:00-20:00`."""
    if hours == "24x7":
        return ALWAYS
    days, *spans = ("mon-sun",) if hours == "never" else hours.lower().split(" ")
    week: dict[str, Any] = {days: spans or "closed"}
    return Calendar.parse({"zone": zone, "week": week, "holidays": holidays}).clock()


def _travel(document: Any, reader: Reader) -> Travel:
    if document == "none":
        return Travel()
    if isinstance(document, str):
        return Travel(default=(_granted(document, reader),))
    mode = document.get("mode", "allowance")
    halls = {hall: _entries(entries, reader) for hall, entries in document.get("halls", {}).items()}
    return Travel(mode, _entries(document.get("default", ()), reader), halls)


def _entries(entries: str | Sequence[str], reader: Reader) -> tuple[Granted, ...]:
    return tuple(_granted(one, reader) for one in ([entries] if isinstance(entries, str) else entries))


def _granted(text: str, reader: Reader) -> Granted:
    """`30m`, `30m until 2026-10-14`, `45m from 2026-10-14`."""
    amount, *words = text.split(" ")
    dates = dict(zip(words[::2], words[1::2], strict=True))
    start = reader.midnight(dates["from"]) if "from" in dates else -EVER
    until = reader.midnight(dates["until"]) if "until" in dates else EVER
    return Granted(ms(amount), start, until)


def _payment(document: Any) -> Any:
    if isinstance(document, str):
        assert document in ("none", "linear")
        return document
    return tuple(Band(Fraction(score), number(percent) * 100) for score, percent in document.items())


def _term(row: Document) -> Term:
    allowance, _, relative = row.get("allowance", "").partition(" per ")
    rounding, count = row["round"], row.get("count", "linear")
    assert rounding in ("up", "down", "exact")
    assert count in ("linear", "rectification")
    return Term(
        id=row["id"],
        term=row["term"],
        points=number(row["points"]),
        round=rounding,
        allowance=number(allowance) if allowance else None,
        per_100=relative == "100",
        unit=number(row["unit"]),
        cap=number(row["cap"]) if "cap" in row else None,
        group=row.get("group"),
        sources=frozenset(row["sources"].split(" ")) if "sources" in row else None,
        scale=number(row["scale"]) if "scale" in row else None,
        count=count,
    )


def tickets(document: Any, reader: Reader) -> list[Case]:
    """A table of tickets, or a list of them with events."""
    return [case(one, reader) for one in (table(document) if isinstance(document, str) else document)]
