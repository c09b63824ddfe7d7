"""Sleepers are left alone, and nothing is missed by it (O2, O3, O4, K6)."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.kind import Kind
from collector.observation import Value
from collector.probe import Answer
from collector.schedule import Pace, Rhythm
from collector.sleep import Sleepers
from collector.target import Snmp, Target
from collector.verdict import NOT_ASKED, Verdict, verdict
from tests.silence.test_collector import KINDS

PRINTER = KINDS["printer"]
RHYTHM = Rhythm()
PING, NO_PING = Answer(True, None, 1.0, 0.0), Answer(False, "timeout", None, 1.0)
SILENT, OPEN, SHUT = Answer(False, "timeout"), Answer(True, None, 1.0), Answer(False, "refused")
CHECKS = ("icmp", "snmp", "tcp:9100")


class Device:
    """A printer on a clock that a test turns, polled as `poll_once` polls; `asked` says when SNMP was, and whether the
    device answered ping then."""

    def __init__(self, kind: Kind = PRINTER) -> None:
        self.kind, self.now, self.sleepers = kind, 0.0, Sleepers()
        self.target = Target("P-1", kind.name, "10.0.0.1", snmp=Snmp())
        self.asked: list[tuple[float, bool, bool]] = []  # when, did it answer ping, did it answer SNMP
        self.knocked: list[float] = []

    def poll(self, life: str, port: bool = True, after: float = 60.0) -> Verdict:
        """`life`: awake, jammed, asleep, silent (ping is lost or it is dead)."""
        self.now += after
        answers: dict[str, Answer] = {"icmp": NO_PING if life == "silent" else PING}
        for check in CHECKS[1:]:
            spared = answers["icmp"].ok and not self.sleepers.may_ask(self.target, check, self.now)
            if not spared:
                answers[check] = self._ask(check, life, port)
            elif check == "snmp":
                answers[check] = Answer(False, NOT_ASKED)
        judged = verdict(self.kind, self.target, answers, stopped=self.sleepers.stopped(self.target))
        self.sleepers.note(self.target, self.kind, answers, judged, self.now)
        return judged

    def _ask(self, check: str, life: str, port: bool) -> Answer:
        if check != "snmp":
            self.knocked.append(self.now)
            return SILENT if life == "silent" else OPEN if port else SHUT
        self.asked.append((self.now, life != "silent", life in ("awake", "jammed")))
        values: dict[str, Value] = {"uptime": 1, "errors": "04" if life == "jammed" else "00"}
        return Answer(True, None, 2.0, None, values) if life in ("awake", "jammed") else SILENT


def night(device: Device, minutes: int = 600) -> Iterator[Verdict]:
    return (device.poll("asleep") for _ in range(minutes))


def test_O2_through_a_night_a_sleeper_is_up_and_asked_three_times_an_hour_by_the_clock() -> None:
    device = Device()
    assert {one[:3] for one in night(device)} == {("up", ("asleep",), None)}
    assert len(device.asked) == 1 + 30, "the first silence is looked at twice"
    assert len(device.knocked) == len(device.asked), "its port would wake it as well"
    assert device.sleepers.stats(device.now) == {"asleep": 1, "wakes_last_hour": 3}


def test_values_are_absent_while_it_sleeps_and_not_stale() -> None:
    device = Device()
    assert device.poll("awake").values
    assert all(not one.values for one in night(device, 30))


def test_O2_a_hint_has_it_asked_at_its_next_poll_within_what_the_hour_allows() -> None:
    device = Device()
    for _ in night(device, 60):
        pass
    before = len(device.asked)
    device.sleepers.stir("P-1")
    assert device.poll("awake").state == "up"
    assert len(device.asked) == before + 1
    for _ in range(100):
        device.sleepers.stir("P-1")
        device.poll("asleep")
    assert len(device.asked) <= before + 1 + 8


def test_O2_one_lost_answer_costs_one_poll_s_values_and_no_more() -> None:
    device = Device()
    assert device.poll("awake").values
    assert device.poll("asleep").conditions == ("asleep",)
    assert device.poll("awake").values


def test_O2_waking_up_is_noticed_within_twenty_minutes_without_a_hint() -> None:
    device = Device()
    for _ in night(device, 61):
        pass
    noticed = next(n for n in range(60) if device.poll("awake").values)
    assert noticed < 20
    assert device.poll("awake").values, "and from then on it is asked at every poll"


def test_O4_a_sleeper_that_dies_is_asked_everything_and_confirmed_within_seconds() -> None:
    device, pace = Device(), Pace()
    for _ in night(device, 30):
        pass
    first = device.poll("silent")
    due = pace.after(first.state, device.now, 60.0, RHYTHM)
    second = device.poll("silent", after=due.seconds)
    assert [first[:3], second[:3]] == [("down", (), "timeout")] * 2
    assert due.seconds == RHYTHM.recheck_s
    assert [ping for _, ping, _ in device.asked[-2:]] == [False, False], "SNMP was asked before it was called down"


def test_O3_one_lost_ping_of_a_sleeper_is_no_outage_and_its_return_is_asked_for() -> None:
    device = Device()
    for _ in night(device, 30):
        pass
    assert device.poll("silent").state == "down"
    before = len(device.asked)
    assert device.poll("asleep", after=3.0)[:2] == ("up", ("asleep",))
    assert len(device.asked) == before + 1, "it may have been switched off and on"


def test_C1_a_printer_that_jammed_and_fell_asleep_is_unknown_until_it_speaks() -> None:
    """Neither the end of its outage (O3) nor the proof of a repair (K6): `unknown` contradicts and confirms nothing."""
    device = Device()
    assert device.poll("jammed").state == "down"
    assert {one[:3] for one in night(device, 90)} == {("unknown", ("asleep",), "asleep")}
    assert device.poll("silent").state == "down"
    assert device.poll("asleep")[:2] == ("unknown", ("asleep",))
    device.sleepers.stir("P-1")
    assert device.poll("awake", after=3600).state == "up"
    assert device.poll("asleep")[:2] == ("up", ("asleep",))


def test_O2_a_port_that_does_not_answer_is_asked_at_every_poll_of_a_sleeper() -> None:
    device = Device()
    assert device.poll("asleep", port=False)[:3] == ("degraded", ("asleep", "noApplication"), "refused")
    assert device.poll("asleep", port=False).state == "degraded"
    assert device.poll("asleep", port=True).state == "up", "its return is seen at once"
    assert len(device.knocked) == 3
    assert len(device.asked) == 2


def test_another_address_is_another_device_and_forgotten_ones_are_gone() -> None:
    device = Device()
    device.poll("asleep")
    assert "P-1" in device.sleepers
    device.target = Target("P-1", "printer", "10.0.0.2", snmp=Snmp())
    assert device.sleepers.may_ask(device.target, "snmp", device.now)
    device.poll("awake")
    device.sleepers.keep(())
    assert "P-1" not in device.sleepers


def test_a_kind_that_does_not_sleep_is_always_asked() -> None:
    device = Device(KINDS["pc"])
    assert all(one[:2] == ("degraded", ("noSnmp",)) for one in night(device, 30))
    assert len(device.asked) == 30


lives = st.sampled_from(["awake", "jammed", "asleep", "asleep", "asleep", "silent"])
polls = st.tuples(lives, st.booleans(), st.sampled_from([1.0, 3.0, 30.0, 60.0, 300.0]), st.booleans())


@given(st.lists(st.tuples(polls, st.integers(1, 40)), max_size=40), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_O2_no_sleeper_is_asked_more_often_than_its_kind_allows_whatever_happens(
    history: list[tuple[tuple[str, bool, float, bool], int]], wakes: int
) -> None:
    """Asked in vain while it was known to sleep and answered ping; falling asleep is only known by asking."""
    device = Device(Kind("printer", sleeps=True, wakes=wakes, bits=PRINTER.bits, conditions=PRINTER.conditions))
    asleep, in_vain = False, []
    for (life, port, after, hint), times in history:
        for _ in range(times):
            if hint:
                device.sleepers.stir("P-1")
            before = len(device.asked)
            judged = device.poll(life, port, after)
            if asleep and len(device.asked) > before and life != "silent":
                in_vain.append(device.now)
            asleep = "asleep" in judged.conditions or (asleep and life == "silent")
    for at in in_vain:
        assert sum(at - 3600 < one <= at for one in in_vain) <= wakes
