"""A2: what each class counts as."""

from __future__ import annotations

import pytest

from sla.owners import Policy, counts_as_vendor
from sla.profile import PROFILES, ProfileName, verdict
from sla.spans import CLASSES, Span

CARED_FOR = Policy(vendor="v-1")
FREE = Policy(vendor="v-1", free_silence=True)
NOBODYS = Policy()


@pytest.mark.parametrize(
    ("profile", "good", "bad"),
    [
        ("contract", {"up", "degraded"}, {"down"}),
        ("service", {"up", "degraded"}, {"down", "unreachable"}),
        ("raw", {"up", "degraded"}, {"down", "unreachable"}),
    ],
)
def test_A2_good_bad_and_left_out(profile: ProfileName, good: set[str], bad: set[str]) -> None:
    said = {class_: verdict(Span(0, 1, class_, owner="vendor"), profile, CARED_FOR) for class_ in CLASSES}
    assert {class_ for class_, one in said.items() if one == "good"} == good
    assert {class_ for class_, one in said.items() if one == "bad"} == bad


@pytest.mark.parametrize(
    ("owner", "policy", "charged"),
    [
        ("vendor", CARED_FOR, True),
        ("vendor", FREE, True),
        ("undetermined", CARED_FOR, True),
        ("undetermined", FREE, False),
        ("undetermined", NOBODYS, False),
        ("hall", CARED_FOR, False),
        ("network", CARED_FOR, False),
        ("operator", NOBODYS, False),
    ],
)
def test_A2_C5_down_is_bad_under_contract_where_it_counts_as_the_vendors(
    owner: str, policy: Policy, charged: bool
) -> None:
    down = Span(0, 1, "down", "silence", owner)  # type: ignore[arg-type]
    assert counts_as_vendor(owner, policy) is charged
    assert verdict(down, "contract", policy) == ("bad" if charged else None)
    assert verdict(down, "service", policy) == verdict(down, "raw", policy) == "bad"


def test_A2_degraded_time_is_good_whosever_it_is() -> None:
    for profile in PROFILES:
        assert verdict(Span(0, 1, "degraded", "lowToner", "vendor"), profile, CARED_FOR) == "good"


def test_A2_only_raw_looks_beneath_closed_maintenance_and_excluded() -> None:
    assert [name for name, profile in PROFILES.items() if profile.raw] == ["raw"]
