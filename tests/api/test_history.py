"""The spans of a past period are what they were, whatever was heard since."""

from __future__ import annotations

from tests.api.conftest import Served


def test_O6_the_end_of_a_past_period_is_not_blind_because_nothing_more_was_loaded(city: Served) -> None:
    """A device that went on being seen: cut anywhere, the parts have the same classes as the whole."""
    viewer = city.as_("viewer")

    def spans(start: str, until: str) -> list[tuple[str, str, str]]:
        answer = viewer.get("/api/v1/devices/PR-0101/spans", params={"from": start, "until": until}).json()
        return [(one["class"], one["from"], one["until"]) for one in answer["spans"]]

    start, middle, until = "2026-11-20T00:00:00Z", "2026-11-20T12:00:13Z", "2026-11-21T00:00:00Z"
    whole = spans(start, until)
    parts = [*spans(start, middle), *spans(middle, until)]
    joined: list[tuple[str, str, str]] = []
    for name, from_, to in parts:
        if joined and joined[-1][0] == name and joined[-1][2] == from_:
            joined[-1] = (name, joined[-1][1], to)
        else:
            joined.append((name, from_, to))
    assert joined == whole
