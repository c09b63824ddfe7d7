"""C1 and C5: whose an outage is."""

from __future__ import annotations

import pytest

from sla.judge import Confirmation, Outage, judge
from sla.owners import Blame, Owned, Policy, blame, counts_as_vendor, owned
from sla.seen import Seen
from tests.sla.histories import S, drawn

M = 60 * S
PRINTER = Policy(
    owners={"jammed": "vendor", "lowToner": "vendor", "noPaper": "hall", "doorOpen": "hall", "linkDown": "network"},
    stopping=frozenset({"jammed", "noPaper", "doorOpen", "linkDown"}),
    vendor="v-1",
    kind="printer",
)
NOBODYS = Policy(owners=PRINTER.owners, stopping=PRINTER.stopping, kind="printer")


def told(*conditions: tuple[str, ...]) -> list[Seen]:
    return [Seen(i * M, "down", M, words) for i, words in enumerate(conditions)]


def cut(seen: list[Seen], now: int, policy: Policy = PRINTER) -> list[Owned]:
    (outage,) = judge(seen, Confirmation()).outages
    return owned(outage, seen, policy, now)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (("noPaper",), Blame("noPaper", "hall")),
        (("jammed", "noPaper"), Blame("jammed", "vendor")),
        (("doorOpen", "noPaper"), Blame("doorOpen", "hall")),
        (("linkDown", "noPaper"), Blame("noPaper", "hall")),
        (("somethingNew",), Blame("somethingNew", "undetermined")),
        ((), Blame("silence", "undetermined")),
    ],
)
def test_C1_the_owner_is_the_vendor_if_any_condition_is_the_vendors(
    conditions: tuple[str, ...], expected: Blame
) -> None:
    assert blame(conditions, PRINTER, down=True) == expected
    assert blame(conditions[::-1], PRINTER, down=True) == expected


def test_C1_low_toner_does_not_make_empty_paper_the_vendors() -> None:
    assert blame(("lowToner", "noPaper"), PRINTER, down=True) == Blame("noPaper", "hall")


def test_C1_down_with_nothing_that_stops_it_is_blamed_on_what_was_seen() -> None:
    assert blame(("lowToner",), PRINTER, down=True) == Blame("lowToner", "vendor")


def test_C1_degraded_time_counts_every_condition() -> None:
    assert blame(("lowToner", "noPaper"), PRINTER, down=False) == Blame("lowToner", "vendor")


def test_C1_an_outage_is_owned_span_by_span() -> None:
    seen = [*told(("noPaper",), ("noPaper",), ("jammed", "noPaper"), ("jammed",), ()), Seen(7 * M, "up", M)]
    assert cut(seen, 20 * M) == [
        Owned(0, 2 * M, "noPaper", "hall"),
        Owned(2 * M, 4 * M, "jammed", "vendor"),
        Owned(4 * M, 7 * M, "silence", "undetermined"),
    ]


def test_C1_what_else_is_seen_within_an_outage_says_nothing_of_its_cause() -> None:
    seen = [*told(("jammed",), ("jammed",)), Seen(2 * M, "unknown", M), Seen(3 * M, "degraded", M, ("lowToner",))]
    (outage,) = judge(seen, Confirmation(recover=2)).outages
    assert owned(outage, seen, PRINTER, 9 * M) == [Owned(0, 9 * M, "jammed", "vendor")]


def test_C1_an_outage_lasts_until_now_and_no_longer() -> None:
    assert cut(told((), (), ("jammed",)), 2 * M) == [Owned(0, 2 * M, "silence", "undetermined")]
    assert owned(Outage(5 * M, None, None, 6 * M), drawn("dd", start=5 * M), PRINTER, 5 * M) == []
    assert owned(Outage(0, 3 * M, None, M), told((), ()), PRINTER, 2 * M)[-1].until == 2 * M


def test_C1_an_outage_without_its_observations_is_silence() -> None:
    assert owned(Outage(0, M, None, 0), [], PRINTER, 9 * M) == [Owned(0, M, "silence", "undetermined")]


@pytest.mark.parametrize(
    ("policy", "owner", "charged"),
    [
        (Policy(vendor="v-1", kind="switch"), "undetermined", True),
        (Policy(kind="switch"), "network", False),
        (Policy(kind="router"), "network", False),
        (Policy(kind="printer"), "operator", False),
    ],
)
def test_C5_plain_silence_counts_as_the_vendors_where_there_is_one(policy: Policy, owner: str, charged: bool) -> None:
    found = blame((), policy, down=True)
    assert found == ("silence", owner)
    assert counts_as_vendor(found.owner, policy) is charged


def test_C5_what_is_the_halls_is_never_the_vendors() -> None:
    assert counts_as_vendor("vendor", PRINTER)
    assert not any(counts_as_vendor(owner, PRINTER) for owner in ("hall", "network", "operator"))
    assert not counts_as_vendor("undetermined", NOBODYS)


def test_C1_within_an_outage_only_what_stops_the_device_is_blamed() -> None:
    seen = told(("lowToner", "noPaper"), ("lowToner", "noPaper"))
    assert cut(seen, 5 * M) == [Owned(0, 5 * M, "noPaper", "hall")]
