"""A statement published, disputed, answered, approved: what is recorded, told and refused (S5, S6, S7)."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from reports import publishing
from reports.disputes import MOST_BYTES
from sla.disputing import NoDispute, Refused
from sla.instant import parse, render
from store import papers, seals, statement_events
from store.database import reading
from store.statement_events import File
from tests.reports.stated import LATER, NOVEMBER, OCTOBER, SEPTEMBER, Stated, at

pytestmark = pytest.mark.slow
PAPER = File("a.txt", "text/plain", "d" * 64, b"proof")


def test_s6_a_draft_is_told_as_it_is_counted(stated: Stated) -> None:
    told = stated.standing()
    assert (told.state, told.document, told.head, told.may_dispute) == ("draft", None, None, False)


def test_s6_publishing_keeps_the_statement_and_the_facts_and_opens_the_window(stated: Stated) -> None:
    found = stated.publish()
    assert (found.state, found.may_dispute) == ("published", True)
    told = stated.told()
    assert told["published_at"] == render(NOVEMBER)
    assert told["dispute_until"] == render(at("2026-11-10 00:00"))
    assert (told["score"], told["payment"], told["score_before"]) == ("93.50", "18700.00", "93.50")
    assert [line["deduction"] for line in told["lines"]] == ["5.00", "1.50", "0.00"]
    entry = found.entries[0]
    with reading(stated.engine) as conn:
        assert papers.get(conn, entry.detail["facts"])["month"]["month"] == OCTOBER
        assert papers.get(conn, entry.detail["statement"])["score"] == "93.50"


def test_s6_a_month_that_is_not_over_is_not_published(stated: Stated) -> None:
    with pytest.raises(Refused, match="not over before 2026-10-31T16:00"):
        stated.publish(now=at("2026-10-31 23:59"))
    assert stated.standing().state == "draft"
    assert stated.publish(now=at("2026-11-01 00:00")).state == "published"


def test_s6_the_window_is_as_many_working_days_as_the_settings_say(stated: Stated) -> None:
    stated.publish(days=1)
    assert stated.standing().publication.until == at("2026-11-04 00:00")


def test_s6_published_again_without_a_change_it_stays_as_it_is(stated: Stated) -> None:
    first = stated.publish()
    assert stated.publish(now=LATER).entries == first.entries


def test_s6_published_anew_after_facts_changed_with_the_difference_and_a_new_window(stated: Stated) -> None:
    first = stated.publish()
    stated.found()
    second = stated.publish(now=LATER)
    told = stated.told(now=LATER)
    assert len(second.entries) == 2
    assert second.publication.until == at("2026-11-18 00:00")
    assert told["publications"][0]["difference"] is None
    difference = told["publications"][1]["difference"]
    assert difference["figures"]["score"] == {"before": "93.50", "after": "91.50"}
    assert difference["figures"]["payment"] == {"before": "18700.00", "after": "18300.00"}
    (line,) = difference["lines"]
    assert (line["id"], line["deduction"]) == ("T3", {"before": "0.00", "after": "2.00"})
    assert first.document != second.document


def test_s6_a_name_that_changed_is_no_difference(stated: Stated) -> None:
    stated.publish()
    stated.adopt(vendors=[{"id": "v-1", "name": "renamed"}, {"id": "v-2", "name": "二公司"}])
    assert len(stated.publish(now=LATER).entries) == 1


def test_s5_the_vendor_disputes_a_line_with_reason_and_files(stated: Stated) -> None:
    stated.publish()
    n = stated.dispute(files=(PAPER,))
    told = stated.told()
    (one,) = told["disputes"]
    assert told["state"] == "disputed"
    assert (one["n"], one["line"], one["by"], one["reason"], one["state"]) == (n, "T1", "vendor", "not ours", "open")
    (file,) = one["files"]
    assert (file["name"], file["type"], file["size"], file["digest"]) == ("a.txt", "text/plain", 5, "d" * 64)
    assert file["url"] == f"/api/v1/vendors/v-1/statements/2026-10/disputes/{n}/files/{file['n']}"
    with reading(stated.engine) as conn:
        assert statement_events.file_of(conn, n, file["n"]) == PAPER
        assert statement_events.file_of(conn, n + 1, file["n"]) is None


def test_s5_files_of_a_statement_are_bounded_together(stated: Stated) -> None:
    stated.publish()
    large = PAPER._replace(data=b"x" * (MOST_BYTES - 5))
    stated.withdraw(stated.dispute(files=(large,)))
    stated.withdraw(stated.dispute(files=(PAPER,)))
    with pytest.raises(Refused, match="at most 50 MB together") as error:
        stated.dispute(files=(PAPER,))
    assert error.value.place == "file"
    stated.dispute()


def test_s5_a_late_dispute_is_refused_with_the_reason(stated: Stated) -> None:
    stated.publish()
    stated.dispute(now=at("2026-11-09 23:59"))
    with pytest.raises(Refused, match="ended at 2026-11-09T16:00"):
        stated.dispute("T2", now=at("2026-11-10 00:00"))


def test_s5_the_same_dispute_again_is_the_same(stated: Stated) -> None:
    stated.publish()
    n = stated.dispute(files=(PAPER,))
    assert stated.dispute(files=(PAPER,)) == n
    with pytest.raises(Refused, match="waiting already"):
        stated.dispute(reason="another")
    assert len(stated.told()["disputes"]) == 1


def test_s5_what_is_accepted_counts_once_another_person_approved_it(stated: Stated) -> None:
    stated.publish()
    n = stated.dispute()
    stated.answer(n, "5.00")
    told = stated.told()
    assert (told["state"], told["score"], told["counter_entries"]) == ("disputed", "93.50", [])
    with pytest.raises(Refused, match="another person"):
        stated.approve(n, "ann")
    stated.approve(n)
    told = stated.told()
    assert (told["state"], told["score"], told["score_before"]) == ("answered", "98.50", "93.50")
    assert (told["payment"], told["payment_before"]) == ("19700.00", "18700.00")
    (counter,) = told["counter_entries"]
    assert (counter["line"], counter["points"], counter["by"], counter["approved_by"]) == ("T1", "5.00", "ann", "bob")
    step, paid = told["settlement"]
    assert step["numbers"] == {"deductions": "6.50", "given": "5.00", "score": "98.50"}
    assert paid["numbers"] == {"fee": "20000.00", "percent": "98.5", "payment": "19700.00"}


def test_s5_answers_approvals_and_withdrawals_again_change_nothing(stated: Stated) -> None:
    stated.publish()
    first, second = stated.dispute(), stated.dispute("T2")
    for _ in range(2):
        stated.answer(first, "1.00")
    for _ in range(2):
        stated.approve(first)
    for _ in range(2):
        stated.withdraw(second)
    assert [one.event for one in stated.standing().entries] == [
        "published",
        "disputed",
        "disputed",
        "answered",
        "approved",
        "withdrawn",
    ]
    with pytest.raises(Refused, match="was withdrawn"):
        stated.answer(second, None)
    stated.answer(first, "1.00")
    with pytest.raises(Refused, match="was accepted"):
        stated.answer(first, "2.00")


def test_s5_a_rejected_dispute_has_its_reason_and_gives_nothing_back(stated: Stated) -> None:
    stated.publish()
    n = stated.dispute()
    stated.answer(n, None, reason="it was late")
    told = stated.told()
    assert (told["state"], told["score"]) == ("answered", "93.50")
    answer = told["disputes"][0]["answer"]
    assert (answer["accepted"], answer["points"], answer["reason"]) == (False, None, "it was late")


def test_s5_of_two_people_at_once_one_wins(stated: Stated) -> None:
    stated.publish()
    n = stated.dispute()
    seen = stated.standing().publication.newest
    stated.answer(n, None, seen=seen)
    with pytest.raises(Refused, match="somebody was quicker: answered by ann"):
        stated.answer(n, "1.00", by="carl", seen=seen)
    stated.dispute("T2", seen=seen)
    stated.found()
    stated.publish(now=LATER)
    with pytest.raises(Refused, match="somebody was quicker: published by ann"):
        stated.dispute("T3", now=LATER, seen=seen)


def test_s5_there_is_no_dispute_but_of_this_statement(stated: Stated) -> None:
    stated.publish()
    stated.publish(SEPTEMBER)
    n = stated.dispute(month=SEPTEMBER)
    with pytest.raises(NoDispute):
        stated.answer(n, None)
    with pytest.raises(NoDispute):
        stated.withdraw(n)
    with pytest.raises(NoDispute):
        stated.approve(n)


def test_s6_open_disputes_stay_when_it_is_published_anew(stated: Stated) -> None:
    stated.publish()
    n = stated.dispute()
    stated.found()
    stated.publish(now=LATER)
    assert stated.standing(now=LATER).publication.waiting[0].n == n


def test_s6_a_figure_that_changed_opens_its_acceptance_again(stated: Stated) -> None:
    stated.publish()
    n = stated.dispute()
    stated.answer(n, "5.00")
    stated.approve(n)
    stated.ticket("2026-10-20", "09:00", "13:00")
    stated.publish(now=LATER)
    told = stated.told(now=LATER)
    assert (told["state"], told["disputes"][0]["state"], told["counter_entries"]) == ("disputed", "open", [])


def test_s5_a_dispute_whose_file_cannot_be_kept_is_not_made(stated: Stated) -> None:
    stated.publish()
    bad: Any = File("x", None, "d", b"")  # type: ignore[arg-type]
    with pytest.raises(Exception, match="NOT NULL"):
        stated.dispute(files=(PAPER, bad))
    assert stated.standing().state == "published"


def test_s5_nothing_is_ever_deleted_or_edited() -> None:
    for module in (statement_events, papers, seals):
        source = inspect.getsource(module)
        assert not re.search(r"(?<!for_)(delete|update)\(", source)


def test_s6_the_window_is_told_by_the_instant(stated: Stated) -> None:
    stated.publish()
    until = parse(stated.told()["dispute_until"])
    assert stated.told(now=until - 1)["may_dispute"]
    assert not stated.told(now=until)["may_dispute"]
    assert publishing.WINDOW_DAYS == 5
