"""What the answers of one poll mean (O2, C2, C3); pure: answers in, verdict out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from collector.clause import holds, subject
from collector.kind import Condition, Kind
from collector.observation import State, Value
from collector.probe import Answer
from collector.snmp.identity import is_serial
from collector.target import Target

_NOT_JUDGED: Final = ("auth", "config", "unlearned")
_ALIVE: Final = ("bad_answer", "no_such_object")  # somebody answered, if not what was asked
NOT_ASKED: Final = "asleep"
"""The cause of an answer that a sleeper was not asked for."""
_SLEEP: Final = ("timeout", NOT_ASKED)


class Verdict(NamedTuple):
    """State and conditions (sorted) as O2 and C2 have them; `cause` where a check failed; `why` in words."""

    state: State
    conditions: tuple[str, ...]
    cause: str | None
    values: Mapping[str, Value]
    why: tuple[str, ...] = ()


def verdict(
    kind: Kind, target: Target, answers: Mapping[str, Answer], explain: bool = False, stopped: bool = False
) -> Verdict:
    """Judge the answers of one poll by check (`icmp`, `snmp`, `tcp:9100` …); a check that could not be made is absent.
    `stopped`: what the device said last stops it.

    O2 in full, where it leaves room:
    - `unknown`: the target has a fault, no check could be made, SNMP refused the credentials (even if ping answers), or
      the agent is so slow that it is not known yet where it says what stops it.
    - `down`: nothing answered. A closed port is no answer, for what listens there is what would serve; but the cause is
      then `refused`, not `timeout`: a machine is there, and the network reaches it.
    - something answered, SNMP did not: `asleep` and `up` where the kind sleeps and SNMP was silent, else `noSnmp`.
    - something answered, an application check did not: `noApplication`, which stops the device or not as its kind says
      (it stops a kiosk, not a printer whose port is taken by a job).
    - a device that said what stops it and then fell asleep: `unknown`. Nobody can tell whether it serves again.
    - SNMP answered without ping: `up`, many devices drop pings; part of the pings answered: `highLoss` from the kind's
      share on.
    - a condition stops the device as its kind says, some only while a clause holds (C2: offline, inputTrayMissing).
    """
    why: list[str] | None = [] if explain else None
    snmp = answers.get("snmp")
    if target.fault is not None:
        return Verdict("unknown", (), "config", {}, _told(why, f"O2: not asked: {target.fault}"))
    if not answers:
        return Verdict("unknown", (), "config", {}, _told(why, "O2: no check could be made"))
    if snmp is not None and snmp.cause in _NOT_JUDGED:
        return Verdict("unknown", (), snmp.cause, {}, _told(why, f"O2: cannot judge: snmp: {snmp.cause}"))
    if not any(answer.ok or answer.cause in _ALIVE for answer in answers.values()):
        refused = any(answer.cause == "refused" for answer in answers.values())
        cause = "refused" if refused else (snmp or list(answers.values())[-1]).cause
        return Verdict("down", (), cause, {}, _told(why, f"O2: nothing answered: {', '.join(answers)}"))
    return _alive(kind, target, answers, why, stopped)


def _told(why: list[str] | None, text: str) -> tuple[str, ...]:
    return () if why is None else (*why, text)


def _alive(kind: Kind, target: Target, answers: Mapping[str, Answer], why: list[str] | None, stopped: bool) -> Verdict:
    values: Mapping[str, Value] = {}
    found: list[str] = []
    cause: str | None = None
    for check, answer in answers.items():
        if check == "icmp":
            found += _loss(kind, answer)
            continue
        if answer.ok and answer.values:
            values = {**values, **answer.values} if values else answer.values
        elif not answer.ok:
            told = _silent(kind, answer) if check == "snmp" else ("noApplication",)
            cause = cause or (None if "asleep" in told else answer.cause)
            found += told
    if values:
        found += _said(kind, target, values, why)
    conditions = tuple(sorted(set(found))) if found else ()
    state = _state(kind, conditions, values, why)
    if stopped and state != "down" and "asleep" in conditions:
        return Verdict(
            "unknown", conditions, "asleep", {}, _told(why, "O2: cannot judge: it said what stops it, then slept")
        )
    return Verdict(state, conditions, None if state == "up" else cause, values, _told(why, f"state: {state}"))


def _loss(kind: Kind, answer: Answer) -> tuple[str, ...]:
    return ("highLoss",) if answer.ok and (answer.loss or 0.0) >= kind.high_loss else ()


def _silent(kind: Kind, answer: Answer) -> tuple[str, ...]:
    return ("asleep",) if kind.sleeps and answer.cause in _SLEEP else ("noSnmp",)


def _said(kind: Kind, target: Target, values: Mapping[str, Value], why: list[str] | None) -> list[str]:
    found: list[str] = []
    for name, bits in kind.bits.items():
        octets = values.get(name)
        if isinstance(octets, str):
            found += named_bits(octets, tuple(bits.items()))
            if why is not None:
                why.append(f"C2: {name} = {octets or '(no octets)'}: {', '.join(found) or 'no bit set'}")
    for rule in kind.rules:
        if holds(rule.clause, values):
            found.append(rule.condition)
            if why is not None:
                why.append(f"rule: {subject(rule.clause)}: {rule.condition}")
    serial = values.get("serial")
    if target.serial is not None and isinstance(serial, str) and _differ(serial, target.serial):
        found.append("otherSerial")
        if why is not None:
            why.append(f"O9: serial {serial}, expected {target.serial}")
    return found


@lru_cache(maxsize=4096)
def named_bits(octets: str, bits: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    """Names of the bits set in octets of hexadecimal text; bit 0 is the most significant of the first octet (C2)."""
    raw = bytes.fromhex(octets)
    return tuple(name for bit, name in bits if bit >> 3 < len(raw) and raw[bit >> 3] & (0x80 >> (bit & 7)))


def _differ(seen: str, expected: str) -> bool:
    seen, expected = seen.strip().upper(), expected.strip().upper()
    return seen != expected and is_serial(seen)


def _state(kind: Kind, conditions: tuple[str, ...], values: Mapping[str, Value], why: list[str] | None) -> State:
    state: State = "up"
    for name in conditions:
        if name == "asleep":
            effect = "asleep: up (O2)"
        elif _stops(kind.conditions.get(name), values):
            state, effect = "down", f"{name}: stops the device"
        else:
            state, effect = ("down" if state == "down" else "degraded"), f"{name}: degraded"
        if why is not None:
            why.append(effect)
    return state


def stoppers(kind: Kind, judged: Verdict) -> tuple[str, ...]:
    """The conditions that the device itself said and that stop it; a check of its application is asked, not said."""
    said = (name for name in judged.conditions if name != "noApplication")
    return tuple(name for name in said if _stops(kind.conditions.get(name), judged.values))


def _stops(condition: Condition | None, values: Mapping[str, Value]) -> bool:
    if condition is None or not condition.stops:
        return False
    return condition.when is None or holds(condition.when, values)
