"""Reports by the calendar: made once, mailed with their files, late rather than not at all."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, text

from alerts.channels import MailChannel
from alerts.delivery import Delivery
from alerts.settings import Mail
from hallwatch.reporting import Stopping
from reports.making import make
from reports.schedule import due, pending
from sla.instant import DAY, HOUR, MINUTE
from store import notice_files, report_runs
from store.database import open_database, reading, writing
from store.inventory import load
from store.schema import notices
from store.statement_schema import report_files, statement_events
from store.statement_schema import report_runs as runs
from tests.alerts.smtp import Postbox, serving
from tests.hallwatch.reported import BOSS, DUE, reporting, site
from tests.reports.site import Site


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Site]:
    made = site(tmp_path)
    yield made
    made.engine.dispose()


def keys(seen: Site) -> list[str]:
    """What was made."""
    with reading(seen.engine) as conn:
        return list(conn.scalars(select(runs.c.key).order_by(runs.c.key)))


def told(seen: Site) -> dict[str, Any]:
    """The bodies of what people are told, by target."""
    with reading(seen.engine) as conn:
        found = conn.execute(select(notices.c.target, notices.c.body, notices.c.subject))
        return {row.target: json.loads(row.body) | {"subject": row.subject} for row in found}


def detail(seen: Site) -> dict[str, Any]:
    with reading(seen.engine) as conn:
        ((run, _files),) = report_runs.listed(conn)
    return dict(run.detail)


def counts(seen: Site) -> tuple[int, int, int]:
    """Runs, files, notices."""
    with reading(seen.engine) as conn:
        return tuple(conn.scalar(select(func.count()).select_from(one)) or 0 for one in (runs, report_files, notices))  # type: ignore[return-value]


# ---- once, and when


def test_a_report_is_made_when_it_is_due_and_not_again(seen: Site) -> None:
    loop = reporting(seen.engine, BOSS)
    assert [loop.step(at) for at in (DUE - 1, DUE, DUE + 1, DUE + DAY)] == [0, 1, 0, 0]
    assert reporting(seen.engine, BOSS).step(DUE + DAY) == 0
    assert keys(seen) == ["availability/2026-11"]
    assert detail(seen)["late"] is False


def test_what_was_due_while_nothing_ran_is_made_late_and_says_so(seen: Site) -> None:
    assert reporting(seen.engine, BOSS).step(DUE + 2 * HOUR) == 1
    assert detail(seen)["late"] is True
    assert "This report was due at 2026-12-01 06:00:00" in told(seen)["boss@operator.example"]["text"]


@pytest.mark.slow
def test_months_that_were_missed_are_each_made_three_at_most(seen: Site) -> None:
    assert reporting(seen.engine, BOSS).step(DUE + 130 * DAY) == 3  # on 10 April
    assert keys(seen) == [f"availability/2027-0{n}" for n in (1, 2, 3)]


@pytest.mark.slow
def test_of_two_that_count_at_the_same_time_one_makes_it(seen: Site) -> None:
    loops = [reporting(seen.engine, BOSS, statements=True) for _ in range(2)]
    other = open_database(seen.url)
    loops.append(reporting(other, BOSS, statements=True))
    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(lambda one: one.step(DUE), loops)) == 2
    other.dispose()
    assert counts(seen) == (2, 2, 2)


def test_who_comes_second_stores_nothing(seen: Site) -> None:
    one, two = (reporting(seen.engine, BOSS) for _ in range(2))
    with reading(seen.engine) as conn:
        (wanted,) = pending(conn, one.plan, load(conn), DUE)
    made = [make(seen.engine, wanted, loop.ways, DUE) for loop in (one, two)]
    done = []
    for loop, found in zip((one, two), made, strict=True):
        with writing(seen.engine) as conn:
            done.append(loop.store(conn, found, DUE))
    assert done == [True, False]
    assert counts(seen) == (1, 1, 1)


@pytest.mark.slow
def test_a_transaction_that_breaks_leaves_nothing_and_the_next_look_makes_it(seen: Site) -> None:
    with writing(seen.engine) as conn:
        conn.execute(text("CREATE TRIGGER full BEFORE INSERT ON notice_files BEGIN SELECT RAISE(ABORT, 'no'); END"))
    loop = reporting(seen.engine, BOSS)
    assert loop.step(DUE) == 0
    assert counts(seen) == (0, 0, 0)
    assert "no" in loop.stats()["failing"]["availability/2026-11"]
    with writing(seen.engine) as conn:
        conn.execute(text("DROP TRIGGER full"))
    assert [loop.step(DUE + at) for at in (1, MINUTE)] == [0, 1]  # tried again after a minute
    assert counts(seen) == (1, 1, 1)
    assert loop.stats() == {"made": 1, "failing": {}}


@pytest.mark.slow
@pytest.mark.parametrize(("when", "left"), [("made", 0), ("stored", 0), ("committed", 2)])
def test_a_kill_loses_no_report_and_doubles_none(seen: Site, when: str, left: int) -> None:
    command = [sys.executable, "-m", "tests.hallwatch.reported", seen.url, str(DUE), when]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert counts(seen) == (left, left, left)
    assert reporting(seen.engine, BOSS, statements=True).step(DUE + 1) == 2 - left
    with serving(Postbox()) as box:
        deliver(seen, box)
    assert Counter(mail["To"] for mail in box.mails) == {"boss@operator.example": 1, "duty@vendor.example": 1}
    assert [len(attachments(mail)) for mail in box.mails] == [1, 1]


@pytest.mark.slow
def test_one_that_cannot_be_made_holds_up_no_other(seen: Site) -> None:
    lost = {"statement": "0" * 64, "until": DUE, "deductions": {}}
    row = {"contract": "c-1", "month": "2026-11", "event": "published", "at": DUE - 1, "by": "x", "detail": lost}
    with writing(seen.engine) as conn:
        conn.execute(statement_events.insert().values(row))
    loop = reporting(seen.engine, BOSS, statements=True)
    assert loop.step(DUE) == 1
    assert keys(seen) == ["availability/2026-11"]
    assert list(loop.stats()["failing"]) == ["statement/c-1/2026-11"]
    waits = [loop.step(DUE + at * MINUTE) or loop._failing["statement/c-1/2026-11"].times for at in (1, 2, 3, 8)]
    assert waits == [2, 2, 3, 4]  # after 1, 2, 4 minutes


@pytest.mark.slow
def test_who_is_told_to_stop_leaves_the_report_for_the_next_time(seen: Site) -> None:
    stop = threading.Event()
    stop.set()
    loop = reporting(seen.engine, BOSS)
    with pytest.raises(Stopping):
        loop.step(DUE, stop)
    assert counts(seen) == (0, 0, 0)
    running = threading.Event()
    thread = threading.Thread(target=partial(loop.run, running, lambda: DUE))
    thread.start()
    while not loop.stats()["made"] and thread.is_alive():
        running.wait(0.02)
    running.set()
    thread.join(20)
    assert keys(seen) == ["availability/2026-11"]


# ---- to whom, and with what


def test_each_branch_gets_its_own_and_each_contract_its_statement(seen: Site) -> None:
    branches = {"b-1": ("mailto:b1@operator.example",), "b-2": ("wecom:b2",)}
    assert reporting(seen.engine, BOSS, branches=branches, statements=True).step(DUE) == 4
    said = told(seen)
    assert sorted(said) == ["b1@operator.example", "b2", "boss@operator.example", "duty@vendor.example"]
    assert said["b1@operator.example"]["subject"].endswith("2026-11 柳南")
    assert said["duty@vendor.example"]["subject"] == "Maintenance statement 2026-11 代维一公司 c-1 (draft)"
    assert said["duty@vendor.example"]["document"]["url"].endswith("/statements/v-1/2026-11?contract=c-1")
    with reading(seen.engine) as conn:
        listed = report_runs.listed(conn, "v-1")
    assert [one.key for one, _ in listed] == ["statement/c-1/2026-11"]


def test_whoever_is_told_by_another_channel_than_mail_gets_a_link_and_no_files(seen: Site) -> None:
    reporting(seen.engine, BOSS, "wecom:desk").step(DUE)
    said = told(seen)
    assert "Attached: availability-2026-11.csv" in said["boss@operator.example"]["text"]
    assert "The files are on the pages: availability-2026-11.csv" in said["desk"]["text"]
    assert "https://hallwatch.example/reports" in said["desk"]["text"]
    assert [len(files_of(seen, target)) for target in ("boss@operator.example", "desk")] == [1, 0]


@pytest.mark.slow
def test_files_too_large_for_a_mail_stay_behind_a_link(seen: Site) -> None:
    reporting(seen.engine, BOSS, attach_bytes=100).step(DUE)
    assert files_of(seen, "boss@operator.example") == []
    assert "The files are on the pages" in told(seen)["boss@operator.example"]["text"]
    assert detail(seen)["files_apart"] is True
    assert counts(seen) == (1, 1, 1)


@pytest.mark.slow
def test_without_a_mail_server_the_report_is_made_for_the_pages(seen: Site) -> None:
    assert reporting(seen.engine, BOSS, mail=None).step(DUE) == 1
    assert detail(seen)["to"] == []
    assert counts(seen) == (1, 1, 0)


def test_nothing_is_made_where_nobody_is_named(seen: Site) -> None:
    loop = reporting(seen.engine)
    with reading(seen.engine) as conn:
        assert due(loop.plan, load(conn), DUE) == []
    assert loop.step(DUE) == 0


# ---- through a real mail server


def files_of(seen: Site, target: str) -> list[report_runs.File]:
    with reading(seen.engine) as conn:
        notice = conn.scalar(select(notices.c.id).where(notices.c.target == target))
        return notice_files.attached(conn, notice or 0)


def deliver(seen: Site, box: Postbox) -> None:
    def attached(notice: int) -> list[report_runs.File]:
        with reading(seen.engine) as conn:
            return notice_files.attached(conn, notice)

    channel = MailChannel(Mail(f"smtp://127.0.0.1:{box.port}", "hallwatch@site.example"), attached)
    while Delivery(seen.engine, "mail", channel).step(lambda: DUE + HOUR):
        pass


def attachments(mail: EmailMessage) -> dict[str, bytes]:
    found = mail.iter_attachments()
    return {str(one.get_filename()): one.get_payload(decode=True) for one in found}  # type: ignore[misc]


def printed(pdf: bytes, place: Path) -> str:
    """The text of a PDF."""
    file = place / "opened.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True, timeout=30)
    return done.stdout.decode()


@pytest.mark.server
def test_the_files_arrive_by_mail_and_open_with_the_figures_of_the_report(seen: Site, tmp_path: Path) -> None:
    loop = reporting(seen.engine, BOSS, formats=("pdf", "xlsx", "json"), statements=True)
    assert loop.step(DUE) == 2
    with serving(Postbox()) as box:
        deliver(seen, box)
    mails = {mail["To"]: attachments(mail) for mail in box.mails}
    report = mails["boss@operator.example"]
    assert sorted(report) == [f"availability-2026-11.{one}" for one in ("json", "pdf", "xlsx")]
    figures = json.loads(report["availability-2026-11.json"])
    sheets = openpyxl.load_workbook(io.BytesIO(report["availability-2026-11.xlsx"]), read_only=True)
    cells = {cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row}
    assert figures["total"]["raw"] in cells
    assert "=2+3" in cells  # a branch that is called so
    text = printed(report["availability-2026-11.pdf"], tmp_path)
    assert "2026-11" in text
    assert "柳南" in text
    statement = mails["duty@vendor.example"]
    assert "100.00" in printed(statement["statement-c-1-2026-11.pdf"], tmp_path)
    assert openpyxl.load_workbook(io.BytesIO(statement["statement-c-1-2026-11.xlsx"]), read_only=True).sheetnames
