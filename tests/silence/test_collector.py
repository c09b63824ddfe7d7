"""The collector's part of docs/silence.md: every combination of answers, through verdict and scheduler (O2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from collector.isolation import Isolation
from collector.kind import load_kinds
from collector.observation import Observation
from collector.outcome import Outcome
from collector.poll import Polled
from collector.probe import Answer
from collector.scheduler import Pacing
from collector.target import Target
from collector.verdict import Verdict, verdict
from tests.collector.polls import Play
from tests.silence.table import ANSWERED, combinations, line_of, lines

KINDS: Final = load_kinds()
TABLE: Final = lines("collector")
OF_KIND: Final = {"plain": "pc", "kiosk": "kiosk", "sleeps": "printer", "stopped": "printer"}
CAUSES: Final[dict[str, Any]] = {"bad": "bad_answer", "nothing": "no_such_object"}


def answers_of(one: Mapping[str, str]) -> dict[str, Answer]:
    pings = {"yes": Answer(True, None, 1.0, 0.0), "no": Answer(False, "timeout", None, 1.0)}
    checks = {"icmp": pings.get(one["ping"])}
    for check, found in (("snmp", one["snmp"]), ("tcp:8080", one["application"])):
        values = {"uptime": 1} if check == "snmp" else {}
        good = Answer(True, None, 1.0, None, values)
        bad = None if found == "none" else Answer(False, CAUSES.get(found, found))
        checks[check] = good if found == "yes" else bad
    return {check: answer for check, answer in checks.items() if answer is not None}


def judged(one: Mapping[str, str]) -> Verdict:
    kind = KINDS[OF_KIND[one["kind"]]]
    return verdict(kind, Target("D", kind.name, "10.0.0.1"), answers_of(one), stopped=one["kind"] == "stopped")


def expected(one: Mapping[str, str]) -> tuple[str, str | None, tuple[str, ...]]:
    says = line_of(TABLE, one).says
    named = {"none": None, "SNMP's": one["snmp"], "application's": one["application"]}
    cause = named.get(says["cause"], says["cause"])
    return says["state"], CAUSES.get(cause or "", cause), tuple(says["conditions"])


def test_O2_every_line_is_the_first_for_some_combination() -> None:
    assert {line_of(TABLE, one).number for one in combinations(ANSWERED)} == set(range(len(TABLE)))


def test_O2_every_combination_of_answers_is_what_its_line_says() -> None:
    """Polled by the scheduler, with references that answer and with some that do not."""
    every = list(combinations(ANSWERED))
    seen = asyncio.run(_observed(every))
    wrong = [(one, got, want) for one, got in zip(every, seen, strict=True) if _told(got) != (want := expected(one))]
    assert wrong == []


def _told(seen: Observation) -> tuple[str, str | None, tuple[str, ...]]:
    return seen.state, seen.cause, seen.conditions


async def _observed(every: list[dict[str, str]]) -> list[Observation]:
    """One who answers is evidence for all others, so whoever may be cut off is polled by a collector of its own."""
    rooms: dict[tuple[str, bool], list[int]] = {}
    for n, one in enumerate(every):
        answered = judged(one).state != "down" or judged(one).cause == "refused" or bool(judged(one).conditions)
        rooms.setdefault((one["isolated"], answered), []).append(n)
    found: dict[int, Observation] = {}
    for (isolated, _), numbers in rooms.items():
        found.update(await _room({n: every[n] for n in numbers}, isolated == "yes"))
    return [found[n] for n in range(len(every))]


async def _room(some: Mapping[int, dict[str, str]], isolated: bool) -> dict[int, Observation]:
    async def reach(_reference: str) -> bool:
        return not isolated

    async def answers(asked: Target) -> Outcome:
        one = judged(some[int(asked.device)])
        rtt = 1.0 if answers_of(some[int(asked.device)]).get("icmp", Answer(False)).ok else None
        return Polled(asked.device, 0, one.state, one.conditions, one.cause, rtt, None, one.values)

    isolation = Isolation(reach, ("10.9.9.1",), clock=asyncio.get_running_loop().time)
    play = Play(answers, Pacing(first_within_s=0.05), isolation=isolation)
    scheduler = play.scheduler()
    scheduler.replace([Target(str(n), "printer", f"10.0.{n // 250}.{n % 250}", 60.0) for n in some])
    await asyncio.wait_for(play.more(len(some)), 20)
    first = {int(seen.device): seen for seen in reversed(play.seen)}
    await scheduler.close()
    return first


def test_O2_a_cause_that_is_no_refusal_of_ours_is_never_unknown_and_no_sleeper_is_called_down() -> None:
    for one in combinations(ANSWERED):
        said = judged(one)
        if said.state == "unknown":
            assert said.cause in ("auth", "config", "asleep"), one
        if said.state == "down" and not said.conditions:
            assert one["ping"] != "yes", one
            assert one["snmp"] != "yes", one
