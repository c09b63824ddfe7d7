"""What `hallwatch poll` says to do next."""

from __future__ import annotations

import pytest

from collector.kind import Kind, load_kinds
from collector.poll import Polled
from collector.probe import Step
from hallwatch.poll_advice import advice

KINDS = load_kinds()
UP, DOWN = Polled("D", 0, "up"), Polled("D", 0, "down", cause="timeout")
ASLEEP = Polled("D", 0, "degraded", ("noSnmp",), "timeout")
SLOW = Polled("D", 0, "up", values={"uptime": 1}, steps=(Step("snmp", "rows of the tables", "timeout", 0.0, 5.0),))
SAID = {"identity.descr": "x"}


@pytest.mark.parametrize(
    ("kind", "polled", "strays", "words"),
    [
        ("printer", UP, {}, ""),
        ("camera", UP, {}, ""),
        ("printer", DOWN, {}, "Nothing answers"),
        ("camera", DOWN, {}, ""),
        ("printer", DOWN, {"foreign": 2}, "name the address from which it answers"),
        ("printer", ASLEEP, {"foreign": 1}, "name the address from which it answers"),
        ("printer", DOWN, {"forged": 1}, "fit no request"),
        ("printer", ASLEEP, {"late": 1}, "It answers, but not SNMP"),
        ("printer", Polled("D", 0, "down", cause="refused"), {}, "SNMP port is closed"),
        ("printer", Polled("D", 0, "unknown", cause="auth"), {}, "It answers and refuses"),
        ("printer", SLOW, {}, "--within 60"),
        ("printer", Polled("D", 0, "up", values=SAID), {}, "check the kind"),
        ("printer", Polled("D", 0, "up", values=SAID | {"uptime": 1}), {}, "check the kind"),
        ("printer", Polled("D", 0, "up", values=SAID | {"uptime": 1, "errors": "00"}), {}, ""),
    ],
)
def test_a_poll_says_what_to_check_next(kind: str, polled: Polled, strays: dict[str, int], words: str) -> None:
    said = advice(KINDS[kind].checks, KINDS[kind], polled, strays)
    assert words in said
    assert bool(words) == bool(said)


def test_who_speaks_MQTT_is_not_asked_by_a_poll() -> None:
    assert "nobody asks it" in advice(("mqtt",), Kind("x"), DOWN, {})
    assert "reaches its running collector only" in advice(("icmp", "mqtt"), Kind("x"), UP, {})
