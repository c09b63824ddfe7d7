"""The first days of each month: reports, statements published, disputed, answered, sealed, and later amended."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from hallwatch.translations import translator
from reports import disputes, monthly, monthly_book, reconciliation, reconciliation_book, scorecard
from reports.amendments import amend_all
from reports.asked import Asked
from reports.book import Book
from reports.evidence import evidence_pack
from reports.forms import FORMS
from reports.intact import How
from reports.publishing import Who, publish
from reports.sealing import Hindered, seal
from reports.standing import standing, told
from reports.statement import book, statement_document
from sla.contract import Contract
from sla.instant import parse
from sla.interval import Interval
from sla.month import month as month_in
from store import papers, seals
from store.agreements import contracts_of
from store.database import reading, writing
from store.statement_events import File
from tests.proof import year_availability as availability
from tests.proof import year_checks as checks
from tests.proof import year_clocks as clocks
from tests.proof.year_availability import Asking
from tests.proof.year_checks import Checks, Published
from tests.proof.year_city import DAY, HOUR, ZONE
from tests.proof.year_world import World

_ZONE: Final = ZoneInfo(ZONE)
_SEEN: Final = b"seen on the spot"
_PICTURE: Final = File("照片.txt", "text/plain", hashlib.sha256(_SEEN).hexdigest(), _SEEN)
LANGUAGES: Final = {name: translator(name) for name in ("zh", "en")}


class Due(NamedTuple):
    """A contract's month that is to be sealed."""

    month: str
    contract: str


class Office:
    """Who makes the reports. `heads` are the ends of the chain as they were printed."""

    def __init__(self, world: World, checking: Checks, folder: Path, seed: int, *, pdf: bool = True) -> None:
        self._world, self._checks, self._folder = world, checking, folder
        self._chance = Random(f"{seed} office of statements")
        self._forms_made = [form for form in FORMS.values() if pdf or form.name != "pdf"]
        self._due: list[Due] = []
        self.months: list[str] = []
        self.heads: list[str] = []
        self.packs: list[Path] = []
        self.counted: Counter[str] = Counter()
        self.hindered: Counter[str] = Counter()
        self.problems: list[str] = []

    def month(self, name: str) -> None:
        """Live until a month is over, and through what follows it."""
        end = month_in(name, _ZONE).until
        self._world.live(end + 2 * DAY + 10 * HOUR)
        self.months.append(name)
        self._due += [Due(name, one.id) for one in self._contracts() if _in_force(one, name)]
        self._reports(name)
        for one in self._due:
            self._publish(one)
        self._world.live(end + 4 * DAY)
        for one in [due for due in self._due if due.month == name]:
            self._dispute(one)
        for day in (17, 27):
            self._world.live(end + day * DAY)
            self._seal()

    def amend(self) -> None:
        """What later facts change of all that is sealed."""
        for one in amend_all(self._world.engine, self._world.policies, self._world.now):
            self.counted["amendments"] += 1
            with reading(self._world.engine) as conn:
                document = papers.get(conn, one.statement)
                sealed = papers.get(conn, seals.of_month(conn, one.contract, one.month)[0].statement)
            self._check(document, one.contract, one.month, parse(sealed["known_at"]))

    def _contracts(self) -> list[Contract]:
        return contracts_of(self._world.city())

    def _reports(self, name: str) -> None:
        """Availability, reconciliation, scorecard: every form of each, and every device's seconds."""
        world, period = self._world, month_in(name, _ZONE)
        asked = Asked(*period)
        found = monthly.monthly(world.engine, asked, world.policies, world.now, zone=_ZONE)
        document = monthly.document(found)
        self._forms(document, monthly_book.book(document, translator("zh"), "zh", _ZONE))
        matched = reconciliation.document(reconciliation.reconciliation(world.engine, asked, world.policies, world.now))
        self._forms(matched, reconciliation_book.book(matched, translator("zh"), "zh", _ZONE, name, None))
        by_branch = Asked(*period, "branch")
        card = scorecard.document(
            scorecard.report(world.engine, by_branch, world.policies, world.now, _ZONE, How())
        )  # fmt: skip
        self._forms(card, scorecard.book(card, translator("zh"), "zh", _ZONE))
        asking = Asking(*period, world.now)
        rows = availability.told(world, asking)
        self._same(document, rows["service"])
        self._checks.give(checks.devices, asking, rows)

    def _same(self, document: Mapping[str, Any], rows: Mapping[str, Any]) -> None:
        """The monthly report says of each device what the plain one says."""
        level = {row["id"]: row for row in document["levels"]["device"]}
        for id, row in rows.items():
            told_ = level.get(id, {})
            mine = (row.figures.availability, row.figures.outages, row.figures.coverage)
            if (told_.get("availability"), told_.get("outages"), told_.get("coverage")) != mine:
                self.problems.append(f"{document['from']} {id}: monthly {told_} and not {row.figures}")

    def _forms(self, document: Mapping[str, Any], found: Book) -> None:
        for form in self._forms_made:
            made = form.write(document, found, translator("zh"))
            self.counted[f"files_{form.name}"] += bool(made)

    def _publish(self, one: Due) -> None:
        """Publish it, anew where its figures changed; what is published is what the generator comes to."""
        world = self._world
        who = Who("操作员甲", world.now)
        before = self._standing(one).publication.published
        after = publish(world.engine, one.contract, one.month, world.policies, who)
        now = after.publication.published
        assert after.document is not None
        if now is not None and (before is None or before.entry != now.entry):
            self.counted["published"] += 1
            self._check(after.document, one.contract, one.month)

    def _check(self, document: Mapping[str, Any], contract: str, name: str, sealed: int | None = None) -> None:
        world = self._world
        agreed = {each.id: each for each in self._contracts()}[contract]
        found = [deed for deed in world.found if deed.entered <= world.now]
        period = month_in(name, agreed.zone)
        given = Published(document, agreed, period, world.now, clocks.told(world), dict(world.wall.told), found, sealed)
        self._checks.give(checks.statement, given)

    def _standing(self, one: Due) -> Any:
        with reading(self._world.engine) as conn:
            return standing(conn, one.contract, one.month, self._world.now)

    def _dispute(self, one: Due) -> None:
        """Some lines are disputed; of these some are withdrawn, rejected, accepted and approved by a second person."""
        document = self._standing(one).document
        dear = [line for line in document["lines"] if Fraction(line["deduction"]) > 0]
        for line in dear:
            if self._chance.random() < 0.5:
                continue
            with writing(self._world.engine) as conn:
                self._settle(conn, one, line)

    def _settle(self, conn: Any, one: Due, line: Mapping[str, Any]) -> None:
        at = self._world.now
        files = [_PICTURE] if self._chance.random() < 0.3 else []
        vendor = Who("代维", at)
        n = disputes.dispute(conn, *_of(one), line["id"], "设备已修好", files, vendor)
        self.counted["disputes"] += 1
        what = self._chance.choice(("withdrawn", "rejected", "accepted", "accepted"))
        self.counted[what] += 1
        if what == "withdrawn":
            disputes.withdraw(conn, *_of(one), n, "撤回", vendor)
        elif what == "rejected":
            disputes.answer(conn, *_of(one), n, None, "记录无误", Who("操作员甲", at + HOUR))
        else:
            points = min(Fraction(line["deduction"]), Fraction(self._chance.randint(1, 300), 100))
            disputes.answer(conn, *_of(one), n, points, "属实", Who("操作员甲", at + HOUR))
            disputes.approve(conn, *_of(one), n, Who("主管乙", at + 2 * HOUR))

    def _seal(self) -> None:
        """Seal what can be sealed, in order; publish anew what has changed since."""
        for one in list(self._due):
            try:
                seal(self._world.engine, one.contract, one.month, self._world.policies, Who("主管乙", self._world.now))
            except Hindered as hindered:
                codes = {obstacle.code for obstacle in hindered.obstacles}
                self.hindered.update(codes)
                if codes & {"facts_changed", "not_published"}:
                    self._publish(one)
                if "dispute_open" in codes:
                    self._answer_again(one)
                continue
            self._due.remove(one)
            self._sealed(one)

    def _answer_again(self, one: Due) -> None:
        """A later publication deducts otherwise on a line whose dispute was accepted: that is open again."""
        waiting = [each for each in self._standing(one).publication.disputes if each.fate == "open"]
        for each in waiting:
            with writing(self._world.engine) as conn:
                disputes.answer(conn, *_of(one), each.n, None, "记录无误", Who("操作员甲", self._world.now))
            self.counted["answered_again"] += 1

    def _sealed(self, one: Due) -> None:
        """Every form of the sealed statement, its evidence pack, the head that is printed on all of them."""
        world = self._world
        with reading(world.engine) as conn:
            stands = standing(conn, *_of(one), world.now)
            assert stands.document is not None
            document = told(stands.document, stands)
            data = evidence_pack(conn, world.city(), *_of(one), world.policies, world.now, LANGUAGES)
            self.heads.append(str(seals.head(conn)))
        self.counted["sealed"] += 1
        self._forms(document, book(document, translator("zh"), "zh", _ZONE))
        file = self._folder / f"{one.contract}-{one.month}.zip"
        file.write_bytes(data)
        self.packs.append(file)
        self._checks.give(checks.pack, file)
        self._counter_entries(document)

    def _counter_entries(self, document: Mapping[str, Any]) -> None:
        """The score after counter-entries, added up by hand (S5)."""
        back: dict[str, Fraction] = defaultdict(Fraction)
        for entry in document["counter_entries"]:
            back[entry["line"]] += Fraction(entry["points"])
        rest = sum(
            (max(Fraction(0), Fraction(line["deduction"]) - back[line["id"]]) for line in document["lines"]),
            Fraction(0),
        )
        if Fraction(document["score"]) != max(Fraction(0), 100 - rest):
            self.problems.append(
                f"{document['contract']} {document['month']}: score {document['score']}, deducted {rest}"
            )

    @property
    def left(self) -> list[Due]:
        """What could not be sealed."""
        return list(self._due)


def _of(one: Due) -> tuple[str, str]:
    return one.contract, one.month


def _in_force(contract: Contract, name: str) -> bool:
    period: Interval = month_in(name, contract.zone)
    return contract.start < period.until and contract.until > period.start


def months(first: str, count: int) -> Iterator[str]:
    """So many months."""
    year, number = int(first[:4]), int(first[5:])
    for n in range(number - 1, number - 1 + count):
        yield f"{year + n // 12}-{n % 12 + 1:02}"


__all__ = ["Office", "months", "statement_document"]
