"""The list of tickets says how many a hall opens in a day."""

from __future__ import annotations

from tests.api.conftest import Served


def test_the_list_says_how_many_tickets_a_hall_opens_in_a_day(city: Served) -> None:
    page = city.as_("viewer", cookies={"hallwatch_language": "en"}).get("/tickets").text
    assert "tickets per hall and day over" in page


def test_a_hall_of_its_own_is_not_told_of_the_others(city: Served) -> None:
    page = city.as_("hall:h-01", cookies={"hallwatch_language": "en"}).get("/tickets").text
    assert "tickets per hall and day" not in page
