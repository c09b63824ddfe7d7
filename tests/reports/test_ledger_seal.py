"""Sealing: every obstacle in words, what may be passed over by name, and one chain that nobody forks (S6, T3)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.tickets import Happening, change
from reports import sealing
from reports.ledger import OVERRIDABLE, Hindered, Who
from reports.obstacles import TEXTS
from sla.disputing import Refused
from sla.instant import MINUTE
from store import seals
from store.database import writing
from store.packing import Packed, pack
from store.papers import digest_of
from store.schema import collectors, segments
from tests.reports.stated import HOURS, LATER, NOVEMBER, OCTOBER, SEPTEMBER, Stated, at, contract

pytestmark = pytest.mark.slow
SOON = at("2026-11-09 23:59")


@pytest.fixture(scope="module")
def october_file(stated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    city = Stated(tmp_path_factory.mktemp("october"), stated_file)
    city.sealed(SEPTEMBER)
    city.publish()
    city.engine.dispose()
    return city.path


@pytest.fixture
def october(october_file: Path, tmp_path: Path) -> Iterator[Stated]:
    """September is sealed, October published."""
    city = Stated(tmp_path, october_file)
    yield city
    city.engine.dispose()


def test_s6_a_sealed_month_is_chained_to_the_one_before(october: Stated) -> None:
    found = october.seal()
    first, second = october.chain()
    assert (first.n, first.month, first.previous) == (1, SEPTEMBER, "0" * 64)
    assert (second.n, second.month, second.number, second.previous) == (2, OCTOBER, 0, first.hash)
    members = {name: getattr(second, name) for name in seals.Seal._fields if name != "hash"}
    assert second.hash == digest_of(members)
    assert found.state == "sealed"
    told = october.told(now=LATER)
    assert told["head"] == f"2:{second.hash}"
    assert (told["seal"]["n"], told["seal"]["hash"], told["seal"]["overrides"]) == (2, second.hash, [])
    assert (told["score"], told["payment"]) == ("93.50", "18700.00")


def test_s6_sealed_again_it_stays_as_it_is(october: Stated) -> None:
    assert october.seal().seals == october.seal(now=LATER + MINUTE).seals
    assert len(october.chain()) == 2
    assert october.obstacles() == []


def test_s6_what_was_sealed_takes_no_more_disputes_and_is_not_published_anew(october: Stated) -> None:
    october.seal()
    with pytest.raises(Refused, match="sealed"):
        october.dispute(now=SOON)
    assert october.publish(now=LATER).state == "sealed"
    october.found()
    with pytest.raises(Refused, match="later facts make an amendment"):
        october.publish(now=LATER)


def test_s6_the_seal_holds_disputes_and_counter_entries(october: Stated) -> None:
    n = october.dispute()
    october.answer(n, "5.00")
    october.approve(n)
    october.seal()
    detail = october.chain()[-1].detail
    assert (detail["score"], detail["score_before"], detail["payment"]) == ("98.50", "93.50", "19700.00")
    assert [one["points"] for one in detail["counter_entries"]] == ["5.00"]
    assert detail["disputes"][0]["state"] == "accepted"


def test_s6_what_is_told_of_a_sealed_month_is_what_the_seal_says(october: Stated) -> None:
    october.seal()
    with writing(october.engine) as conn:
        conn.exec_driver_sql("update statement_events set detail = json_set(detail, '$.until', 1)")
        conn.exec_driver_sql("delete from statement_events where month = '2026-10' and event <> 'published'")
    assert october.told(now=LATER)["score"] == "93.50"


def test_s6_a_draft_is_not_sealed(stated: Stated) -> None:
    assert stated.obstacles(SEPTEMBER) == ["not_published"]
    with pytest.raises(Hindered, match="it is not published"):
        stated.seal(SEPTEMBER, not_published="please")


def test_s6_not_before_the_window_is_over_whoever_wants_it(october: Stated) -> None:
    (one,) = october.hindering(now=SOON)
    assert one.words() == "the vendor may dispute until 2026-11-09T16:00:00.000Z"
    assert not one.overridable
    with pytest.raises(Hindered):
        october.seal(now=SOON, window_open="hurry")
    assert october.obstacles(now=at("2026-11-10 00:00")) == []


def test_s6_an_open_dispute_is_an_obstacle_or_passed_over_by_name(october: Stated) -> None:
    n = october.dispute()
    (one,) = october.hindering()
    assert (one.code, one.words()) == ("dispute_open", f"dispute {n} of line T1 has no answer")
    with pytest.raises(Hindered):
        october.seal(approval_awaited="another obstacle")
    october.seal(dispute_open="the vendor is out of business")
    (passed,) = october.told(now=LATER)["seal"]["overrides"]
    assert (passed["code"], passed["by"], passed["override"]) == (
        "dispute_open",
        "ann",
        "the vendor is out of business",
    )
    assert passed["reason"] == f"dispute {n} of line T1 has no answer"


def test_s5_points_that_await_approval_are_an_obstacle_and_count_nothing(october: Stated) -> None:
    n = october.dispute()
    october.answer(n, "2.00")
    (one,) = october.hindering()
    assert one.words() == f"2.00 points on line T1 (dispute {n}) await the approval of a second person"
    october.seal(approval_awaited="never mind")
    assert october.told(now=LATER)["score"] == "93.50"


def test_s6_facts_that_changed_have_to_be_published_anew(october: Stated) -> None:
    october.found()
    (one,) = october.hindering()
    assert one.code == "facts_changed"
    assert "score: 93.50 → 91.50" in one.words()
    with pytest.raises(Hindered):
        october.seal(facts_changed="who cares")
    october.publish(now=LATER)
    assert october.obstacles() == ["window_open"]
    assert october.obstacles(now=at("2026-11-18 00:00")) == []


def test_s6_a_vendors_months_are_sealed_in_order(stated: Stated) -> None:
    stated.publish()
    (one,) = stated.hindering()
    assert one.words() == "2026-09 of contract c-1 is not sealed yet: a vendor's months are sealed in order"
    with pytest.raises(Hindered):
        stated.seal(earlier_month="skip it")
    stated.sealed(SEPTEMBER)
    assert stated.obstacles() == []


def test_s6_of_another_vendor_the_order_is_its_own(stated: Stated) -> None:
    stated.sealed(SEPTEMBER, OCTOBER)
    stated.publish(SEPTEMBER, "c-2")
    assert stated.obstacles(SEPTEMBER, "c-2") == []


def test_s6_months_that_a_contract_had_with_another_vendor_stay_sealed_and_are_not_waited_for(october: Stated) -> None:
    october.adopt(contracts=[contract("c-1", "v-2", "h-1")])
    october.publish(now=LATER)
    assert october.obstacles(now=LATER) == ["window_open"]


def test_s6_a_month_before_a_sealed_one_comes_too_late(stated: Stated) -> None:
    stated.sealed(SEPTEMBER)
    stated.ticket("2026-08-10", "09:00", "10:00")
    stated.publish("2026-08")
    (one,) = stated.hindering("2026-08")
    assert (one.code, one.values) == ("later_month", {"month": SEPTEMBER, "contract": "c-1"})


def test_s6_months_of_which_nothing_is_known_are_not_waited_for(stated: Stated) -> None:
    """The contract is in force since January, the first fault was in September."""
    stated.publish(SEPTEMBER)
    assert stated.obstacles(SEPTEMBER) == []
    with writing(stated.engine) as conn:
        seen = at("2026-07-01 00:30")  # of the same day in UTC as half an hour of June
        row = {"device": stated.numbers["P-1"], "day": seen // 86_400_000, "count": 1}
        conn.execute(segments.insert(), row | {"packed": pack([Packed(seen, 1, None, None)])})
    (one,) = stated.hindering(SEPTEMBER)
    assert one.values == {"month": "2026-07", "contract": "c-1"}


def test_s6_a_published_month_of_a_contract_that_is_no_more_is_passed_over_by_name_only(stated: Stated) -> None:
    stated.publish(SEPTEMBER)
    new = contract("c-3", "v-1", "h-1", valid={"from": at("2026-10-01 00:00"), "until": at("2027-01-01 00:00")})
    stated.adopt(contracts=[new, contract("c-2", "v-2", "h-2")])
    stated.publish(contract="c-3")
    (one,) = stated.hindering(contract="c-3")
    assert one.words() == ("2026-09 of contract c-1 was published and is not sealed, and the contract is no more")
    assert stated.seal(contract="c-3", contract_gone="it was replaced").state == "sealed"


def test_t3_a_provisional_holiday_year_is_an_obstacle(october: Stated) -> None:
    october.adopt(calendars={"hours": HOURS | {"holidays": "cn"}})
    new = contract("c-1", "v-1", "h-1", valid={"from": at("2026-01-01 00:00"), "until": at("2028-01-01 00:00")})
    october.adopt(calendars={"hours": HOURS | {"holidays": "cn"}}, contracts=[new, contract("c-2", "v-2", "h-2")])
    late = at("2027-03-01 09:00")
    october.heard(late)
    october.publish("2027-01", now=late)
    found = october.hindering("2027-01", now=late + 30 * 86_400_000)
    assert "the holidays of 2027 are not known yet" in [one.words() for one in found]


def test_s6_a_collector_that_was_never_heard_may_hold_anything(october: Stated) -> None:
    with writing(october.engine) as conn:
        conn.execute(collectors.delete())
    (one,) = october.hindering()
    assert (one.code, one.overridable) == ("collector_unheard", True)
    assert "c-01" in one.words()
    october.seal(collector_unheard="it burnt down")
    assert october.told(now=LATER)["seal"]["overrides"][0]["override"] == "it burnt down"


def test_s6_a_collector_that_is_silent_since_before_the_months_end_may_hold_facts(october: Stated) -> None:
    october.heard(at("2026-10-31 23:59"))
    (one,) = october.hindering()
    assert one.words() == (
        "collector c-01 was last heard at 2026-10-31T15:59:00.000Z: what it holds since then is not known"
    )
    october.heard(at("2026-11-01 00:00"))
    assert october.obstacles() == []


def test_s6_a_backlog_is_an_obstacle_until_what_came_after_the_month_has_come(october: Stated) -> None:
    october.heard(backlog=120)
    (one,) = october.hindering()
    assert one.words() == "collector c-01 holds 120 facts that have not come"
    october.polled("P-1", at("2026-11-01 00:09"), 1)
    assert october.obstacles() == ["collector_backlog"]
    october.polled("P-1", at("2026-11-01 00:10"), 2)
    assert october.obstacles() == []


def test_s6_facts_that_came_ahead_of_others_show_that_others_are_missing(october: Stated) -> None:
    october.polled("P-1", at("2026-11-01 00:10"), 3)
    assert october.obstacles() == ["collector_ahead"]
    october.heard(oldest=3, next=4)
    assert sorted(october.obstacles()) == ["collector_ahead", "collector_gap"]
    texts = [one.words() for one in october.hindering()]
    assert "2 numbers of collector c-01 are missing between the receipt and the oldest it holds" in texts
    october.polled("P-1", at("2026-10-05 10:00"), 1)
    october.polled("P-1", at("2026-10-05 10:01"), 2)
    assert october.obstacles() == []


def test_s6_observations_of_the_month_that_are_kept_aside_are_an_obstacle(october: Stated) -> None:
    october.aside(at("2026-10-31 23:59"))
    october.aside(at("2026-11-01 00:00"))
    october.aside(at("2026-10-05 00:00"), collector="c-99")
    (one,) = october.hindering()
    assert one.words() == "1 observations of the month are kept aside (unknown_device)"


def test_s6_all_obstacles_are_listed_at_once(stated: Stated) -> None:
    stated.publish()
    stated.dispute()
    stated.found()
    stated.heard(at("2026-10-02 00:00"), backlog=3)
    stated.aside(at("2026-10-05 00:00"), "future")
    found = stated.obstacles(now=LATER)
    assert found == ["facts_changed", "dispute_open", "earlier_month", "collector_offline", "kept_aside"]
    assert "window_open" in stated.obstacles(now=NOVEMBER)
    documents = [one.document() for one in stated.hindering()]
    assert all(one["reason"] and one["text"] == TEXTS[one["code"]] for one in documents)
    with pytest.raises(Hindered) as error:
        stated.seal(dispute_open="x", collector_offline="y", kept_aside="z")
    assert [one.code for one in error.value.obstacles] == ["facts_changed", "earlier_month"]
    assert {"not_published", "window_open", "facts_changed", "earlier_month", "later_month"}.isdisjoint(OVERRIDABLE)


def test_s6_two_who_seal_at_once_do_not_fork_the_chain(stated: Stated) -> None:
    stated.publish(SEPTEMBER)
    stated.publish(SEPTEMBER, "c-2")
    together, outcomes = threading.Barrier(4), []

    def seals_it(id: str) -> None:
        together.wait()
        for _ in range(5):
            try:
                outcomes.append(stated.seal(SEPTEMBER, id).state)
                return
            except Refused:
                continue

    threads = [threading.Thread(target=seals_it, args=(id,)) for id in ("c-1", "c-2", "c-1", "c-2")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert outcomes == ["sealed"] * 4
    chain = stated.chain()
    assert [(one.n, one.number) for one in chain] == [(1, 0), (2, 0)]
    assert chain[1].previous == chain[0].hash
    assert {one.contract for one in chain} == {"c-1", "c-2"}


def test_s6_what_happens_while_it_is_sealed_is_not_passed_over(october: Stated) -> None:
    """A dispute comes between the look at the obstacles and the seal."""
    seen = october.standing(now=LATER)
    october.dispute(now=SOON)
    with pytest.raises(Refused, match="somebody was quicker"), writing(october.engine) as conn:
        sealing._seal(conn, seen, Who("ann", LATER), [])
    assert len(october.chain()) == 1


def test_s6_a_seal_that_cannot_be_written_leaves_nothing_half(october: Stated) -> None:
    with writing(october.engine) as conn:
        conn.exec_driver_sql("create trigger no after insert on seals begin select raise(abort, 'full'); end")
    with pytest.raises(Refused, match="somebody was quicker"):
        october.seal()
    assert october.standing(now=LATER).state == "published"
    with writing(october.engine) as conn:
        conn.exec_driver_sql("drop trigger no")
    assert october.seal().state == "sealed"


def test_t3_a_halls_provisional_year_is_an_obstacle_too(stated: Stated) -> None:
    """The contract has hours of its own, without holidays."""
    halls = [{"id": id, "name": id, "branch": "b-1", "kind": "own", "calendar": "cn"} for id in ("h-1", "h-2")]
    new = contract("c-1", "v-1", "h-1", valid={"from": at("2027-01-01 00:00"), "until": at("2028-01-01 00:00")})
    cn = HOURS | {"holidays": "cn"}
    stated.adopt(calendars={"hours": HOURS, "cn": cn}, halls=halls, contracts=[new])
    stated.ticket("2027-01-05", "09:00", "10:00")
    stated.heard(at("2027-03-01 00:00"))
    stated.publish("2027-01", now=at("2027-02-01 09:00"))
    assert stated.obstacles("2027-01", now=at("2027-03-01 00:00")) == ["provisional_year"]


def test_s6_what_becomes_of_an_open_ticket_later_belongs_to_a_later_month(stated: Stated) -> None:
    stated.sealed(SEPTEMBER)
    open_ = stated.ticket("2026-10-30", "15:00", None)
    stated.publish()
    done = at("2026-11-05 10:00")
    with writing(stated.engine) as conn:
        change(conn, open_, Happening("restored", done, "vendor", {"how": "repaired"}), done)
    assert stated.obstacles() == []
    stated.seal()
    with writing(stated.engine) as conn:
        change(conn, open_, Happening("note", LATER, "vendor", {"note": "well"}), LATER)
    assert stated.amend() is None
