"""S1-S3, S7 on random months: `sla` says what fractions over walked clocks say, and what must hold holds."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings

from sla.statement import statement
from tests.sla.walking.agree_on_statement import differences
from tests.sla.walking.cities import seeds
from tests.sla.walking.months import month

few = settings(max_examples=15, deadline=None)


@few
@given(seeds)
def test_S1_to_S3_and_S7_agree_with_fractions_over_walked_clocks(seed: int) -> None:
    assert list(differences(month(Random(seed)))) == []


@few
@given(seeds)
def test_S1_the_score_is_between_0_and_100_whatever_the_order_and_repetition_of_facts(seed: int) -> None:
    chance = Random(seed)
    of = month(chance)
    cases = [*of.facts.cases, *chance.choices(of.facts.cases, k=3)]
    chance.shuffle(cases)
    found = statement(of.contract, of.facts, of.now)
    assert 0 <= found.score <= 100
    assert statement(of.contract, replace(of.facts, cases=cases), of.now) == found


@few
@given(seeds)
def test_S1_a_ticket_less_never_lowers_the_score_where_there_is_no_group_and_no_rate(seed: int) -> None:
    chance = Random(seed)
    of = month(chance)
    terms = [replace(one, group=None) for one in of.contract.terms if one.term != "self_repair_rate"]
    plain, gone = replace(of.contract, terms=tuple(terms)), chance.choice(of.facts.cases).id
    without = replace(of.facts, cases=[one for one in of.facts.cases if one.id != gone])
    assert statement(plain, without, of.now).score >= statement(plain, of.facts, of.now).score


@few
@given(seeds)
def test_S3_a_group_never_deducts_more_than_its_terms_alone(seed: int) -> None:
    of = month(Random(seed))
    alone = replace(of.contract, terms=tuple(replace(one, group=None) for one in of.contract.terms))
    assert statement(of.contract, of.facts, of.now).score >= statement(alone, of.facts, of.now).score
