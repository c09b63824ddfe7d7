"""O3, O6 and O8 over every short history there is, beside the naive reading: where no example is left to chance."""

from __future__ import annotations

from itertools import product

import pytest

from sla.flapping import Episode, episodes
from sla.instant import MINUTE
from sla.judge import Confirmation, Fold, Outage, judge, settled
from sla.seen import Seen, State
from sla.timeline import timeline
from tests.sla import naive
from tests.sla.histories import S

WORDS: tuple[State, ...] = ("up", "down", "unknown")
RULES = [Confirmation(confirm, recover) for confirm in (1, 2, 3) for recover in (1, 2, 3)]
LENGTH = 7


def history(words: tuple[State, ...]) -> list[Seen]:
    return [Seen(i * S, word, S) for i, word in enumerate(words)]


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_O3_every_history_of_seven_observations_is_judged_as_the_rule_reads(rule: Confirmation) -> None:
    for words in product(WORDS, repeat=LENGTH):
        seen = history(words)
        found = [(one.start, one.until, one.last_ok) for one in judge(seen, rule).outages]
        assert found == naive.outages(seen, rule, LENGTH * S), words


@pytest.mark.parametrize("rule", RULES)
def test_O3_every_history_judged_in_two_passes_is_judged_as_in_one(rule: Confirmation) -> None:
    for words in product(WORDS[:2], repeat=LENGTH):
        seen = history(words)
        whole = judge(seen, rule)
        for cut in range(1, LENGTH):
            first = judge(seen[:cut], rule)
            second = judge(seen[cut:], rule, Fold.from_document(first.fold.as_document()))
            found = {one.start: one for one in [*first.outages, *second.outages]}
            assert list(found.values()) == whole.outages, (words, cut)
            assert second.fold.outage == whole.fold.outage


@pytest.mark.parametrize("rule", RULES)
def test_O7_from_every_settled_point_judging_gives_what_judging_all_gives(rule: Confirmation) -> None:
    for words in product(WORDS, repeat=6):
        seen = history(words)
        since = settled(reversed(seen), rule)
        oks = [one.ts for one in seen if one.state == "up"]
        downs = [one.ts for one in seen if one.state == "down"]
        runs = [oks[-1]] if len([ok for ok in oks if ok > max(downs, default=-1)]) >= rule.recover else []
        if runs:
            assert since == runs[0]
        if since is not None:
            later = [one for one in judge(seen, rule).outages if one.start >= since]
            assert judge([one for one in seen if one.ts >= since], rule).outages == later


@pytest.mark.slow
def test_O6_every_history_of_four_observations_and_gaps_holds_as_the_rule_reads() -> None:
    rule = Confirmation()
    for words in product((*WORDS, "degraded"), repeat=4):
        for gaps in product((1, 3, 4), repeat=3):
            starts = [0, gaps[0], gaps[0] + gaps[1], sum(gaps)]
            seen = [Seen(at * S, word, S) for at, word in zip(starts, words, strict=True)]
            now = (sum(gaps) + 2) * S
            held = timeline(seen, judge(seen, rule).outages, S, now)
            shown = [one.state for one in held for _ in range(one.start, one.until, S)]
            assert shown == [naive.state_at(seen, rule, S, now, t) for t in range(0, now, S)], (words, gaps)


def test_O8_an_edge_at_now_has_been() -> None:
    edges = [Outage(0, 1, None, 0), Outage(2, 3, None, 2), Outage(4, 5, None, 4), Outage(6, None, None, 6)]
    assert episodes(edges, 6) == [Episode(0, None, 6)]
    assert episodes(edges, 5) == []


def test_O8_only_starts_and_ends_are_edges() -> None:
    edges = [Outage(i * MINUTE, None, i * MINUTE + 1, i * MINUTE + 2) for i in range(6)]
    assert episodes(edges, 99 * MINUTE) == []


@pytest.mark.parametrize("calm", [61, 60, 59])
@pytest.mark.parametrize("slow", [0, 1, 2])
def test_O8_an_episode_after_an_episode_begins_with_its_own_first_edge(calm: int, slow: int) -> None:
    first, then = [i * MINUTE for i in range(7)], (6 + calm) * MINUTE
    waits = [then + i * 61 * MINUTE for i in range(slow)]
    begin = then + slow * 61 * MINUTE
    second = [begin + i * MINUTE for i in range(7)]
    edges = [*first, *waits, *second]
    outages = [Outage(one, None, None, one) for one in edges]
    found = [one.start for one in episodes(outages, begin + 9 * MINUTE)]
    assert found == ([0, begin] if calm >= 60 or slow else [0])
