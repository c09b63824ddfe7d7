"""K2, K3: what may follow what in a ticket's life."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.ticket import EVENTS, Happening, ImpossibleOrder, TicketState, after, derive

REASON = {"reason": "awaiting_customer"}


def life(*names: str) -> TicketState:
    """The state after these events, one a second, each with all the detail that it needs."""
    details = {"paused": REASON, "cancelled": {"reason": "withdrawn"}, "owner_changed": {"owner": "hall"}}
    return derive(Happening(name, at * 1000, "me", details.get(name, {})) for at, name in enumerate(names, 1))


@pytest.mark.parametrize(
    ("names", "state", "closed_at"),
    [
        (("opened",), "opened", None),
        (("opened", "acknowledged", "dispatched", "arrived"), "arrived", None),
        (("opened", "restored"), "restored", 2000),
        (("opened", "restored", "verified"), "verified", 2000),
        (("opened", "restored", "rejected"), "rejected", None),
        (("opened", "restored", "verified", "reopened"), "reopened", None),
        (("opened", "restored", "reopened", "restored"), "restored", 4000),
        (("opened", "restored", "cancelled"), "cancelled", 3000),
        (("opened", "note", "owner_changed"), "opened", None),
        (("opened", "arrived", "dispatched", "arrived"), "arrived", None),
    ],
)
def test_K2_the_state_is_derived_from_the_events(names: tuple[str, ...], state: str, closed_at: int | None) -> None:
    found = life(*names)
    assert (found.state, found.closed_at, found.opened_at) == (state, closed_at, 1000)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("restored",), "the ticket was not opened before this"),
        (("note",), "the ticket was not opened before this"),
        (("opened", "opened"), "the ticket is open already"),
        (("opened", "verified"), "the ticket was not restored before this"),
        (("opened", "reopened"), "the ticket was not restored before this"),
        (("opened", "rejected"), "the ticket was not restored before this"),
        (("opened", "acknowledged", "acknowledged"), "this has happened already"),
        (("opened", "arrived", "arrived"), "this has happened already"),
        (("opened", "restored", "dispatched"), "the ticket is restored; reopen it first"),
        (("opened", "restored", "restored"), "the ticket is restored; reopen it first"),
        (("opened", "restored", "paused"), "only an open ticket is paused or resumed"),
        (("opened", "resumed"), "there is no such pause"),
        (("opened", "paused", "paused"), "it is paused for this reason already"),
        (("opened", "cancelled", "restored"), "the ticket is cancelled"),
        (("opened", "cancelled", "owner_changed"), "the ticket is cancelled"),
        (("opened", "eaten"), "there is no such event"),
    ],
)
def test_K2_an_impossible_order_is_refused_with_the_reason(names: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ImpossibleOrder) as refused:
        life(*names)
    assert (refused.value.event, refused.value.reason) == (names[-1], reason)
    assert refused.value.state == life(*names[:-1]).state


@pytest.mark.parametrize(("event", "key"), [("cancelled", "reason"), ("paused", "reason"), ("owner_changed", "owner")])
def test_K2_some_events_need_a_reason(event: str, key: str) -> None:
    with pytest.raises(ImpossibleOrder, match=f"it needs an? {key}") as refused:
        after(life("opened"), Happening(event, 1, "me", {key: " "}))
    assert (refused.value.event, refused.value.state) == (event, "opened")


def test_K2_how_it_was_restored_is_one_of_three() -> None:
    with pytest.raises(ImpossibleOrder, match="how is repaired, replaced_by_spare or by_maker") as refused:
        after(life("opened"), Happening("restored", 1, "me", {"how": "magic"}))
    assert (refused.value.event, refused.value.state) == ("restored", "opened")
    assert after(life("opened"), Happening("restored", 1, "me", {"how": "repaired"})).state == "restored"


def test_R4_resumed_ends_the_pause_of_its_reason_without_a_reason_all() -> None:
    paused = after(life("opened", "paused"), Happening("paused", 9, "me", {"reason": "force_majeure"}))
    assert after(paused, Happening("resumed", 10, "me", REASON)).paused == {"force_majeure"}
    assert after(paused, Happening("resumed", 10, "me")).paused == frozenset()
    assert after(paused, Happening("restored", 10, "me")).paused == frozenset()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=12))
def test_K3_closed_at_stands_exactly_while_the_ticket_is_not_open(names: list[str]) -> None:
    state = TicketState()
    for at, name in enumerate(names):
        try:
            state = after(state, Happening(name, at, "me", {"reason": "r", "owner": "hall"}))
        except ImpossibleOrder:
            continue
        assert state.state == "none" or state.open == (state.closed_at is None)


@pytest.mark.parametrize(
    ("word", "state", "closed_at"), [("verified", "verified", 2000), ("rejected", "rejected", None)]
)
def test_K6_staff_has_the_last_word_on_what_monitoring_verified(word: str, state: str, closed_at: int | None) -> None:
    seen = after(life("opened", "restored"), Happening("verified", 3000, "hallwatch", {"detected": True}))
    assert (seen.state, seen.unsaid, seen.closed_at) == ("verified", True, 2000)
    said = after(seen, Happening(word, 4000, "hall"))
    assert (said.state, said.unsaid, said.closed_at) == (state, False, closed_at)
    if word == "verified":
        with pytest.raises(ImpossibleOrder, match="the ticket is restored; reopen it first"):
            after(said, Happening("rejected", 5000, "hall"))


def test_K6_the_last_word_is_over_with_the_claim() -> None:
    seen = after(life("opened", "restored"), Happening("verified", 3000, "hallwatch", {"detected": True}))
    again = after(seen, Happening("reopened", 4000, "desk"))
    assert again.unsaid is False
    assert after(seen, Happening("cancelled", 4000, "desk", {"reason": "twice"})).unsaid is False
    assert life("opened", "restored").unsaid is False
    with pytest.raises(ImpossibleOrder):
        after(seen, Happening("acknowledged", 4000, "vendor"))
