"""A device's page says what is not known of it."""

from __future__ import annotations

from api.pages.device import _charted
from tests.api.conftest import Served, serving

NOTES = {"printer": {"zh": "别的未知。", "en": "<b>Nothing else</b> is known."}, "switch": {"zh": "仅中文。"}}


def test_a_device_page_shows_its_kinds_note_in_the_readers_language_and_escaped(city: Served) -> None:
    with serving(city.engine, notes=NOTES) as served:
        viewer = served.as_("viewer")
        english, chinese = (
            viewer.get("/devices/PR-0101", headers={"cookie": f"hallwatch_language={one}"}).text for one in ("en", "zh")
        )
        assert "&lt;b&gt;Nothing else&lt;/b&gt; is known." in english
        assert "别的未知。" in chinese
    assert (
        "Nothing else"
        not in city.as_("viewer").get("/devices/PR-0101", headers={"cookie": "hallwatch_language=en"}).text
    )


def test_a_device_that_has_only_values_of_its_own_shows_them() -> None:
    assert _charted(["paper", "slips"]) == (["paper", "slips"], [])
    assert _charted(["paper", "rtt_ms"]) == (["rtt_ms"], ["paper"])
