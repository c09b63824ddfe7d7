"""A small world whose truth is known: a printer behind a switch, a collector perhaps cut off; polled as ours polls."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from collector.observation import Value
from collector.probe import Answer
from collector.schedule import Pace, Rhythm
from collector.sleep import Sleepers
from collector.target import Snmp, Target
from collector.verdict import NOT_ASKED, Verdict, verdict
from sla.instant import SECOND, Ms
from sla.judge import Confirmation, judge
from sla.owners import Policy, counts_as_vendor
from sla.parents import Ancestor
from sla.seen import Seen
from sla.spans import DeviceFacts, Span, spans
from tests.silence.test_collector import KINDS

Life = Literal["well", "asleep", "dead", "jammed", "jammed asleep", "agent closed", "key refused"]
BAD: Final = ("dead", "jammed", "jammed asleep")
INTERVAL: Final = 60 * SECOND
PRINTER, SWITCH = KINDS["printer"], KINDS["switch"]
POLICY: Final = Policy(PRINTER.owners, PRINTER.stopping, "v-1", "printer")
PING, LOST, SILENT = Answer(True, None, 1.0, 0.0), Answer(False, "timeout", None, 1.0), Answer(False, "timeout")


class Turn(NamedTuple):
    """From `at` (ms) on."""

    at: Ms
    value: str


@dataclass
class World:
    """Truth by turns: the printer's `life`, the `line` up or cut, the collector `cut off` or not. `deaf`: the printer
    drops pings. Not `parented`: the centre knows of no switch."""

    life: Sequence[Turn]
    line: Sequence[Turn]
    collector: Sequence[Turn]
    end: Ms
    deaf: bool = False
    parented: bool = True
    printer: list[Seen] = field(default_factory=list)
    switch: list[Seen] = field(default_factory=list)

    def run(self) -> World:
        """Poll both to the end (O4: a first `down` is asked again soon, and so is the parent)."""
        target, sleepers = Target("P-1", "printer", "10.0.0.2", snmp=Snmp()), Sleepers()
        paces = {"printer": Pace(), "switch": Pace()}
        turns: list[tuple[Ms, str]] = [(7 * SECOND, "printer"), (38 * SECOND, "switch")]
        due = {name: at for at, name in turns}
        while turns and turns[0][0] < self.end:
            now, name = heapq.heappop(turns)
            if due[name] != now:
                continue
            judged = self._printer(now, target, sleepers) if name == "printer" else self._switch(now)
            wait = paces[name].after(judged.state, now / SECOND, INTERVAL / SECOND, Rhythm()).seconds
            seen = self.printer if name == "printer" else self.switch
            seen.append(Seen(now, judged.state, round(wait * SECOND), judged.conditions))
            due[name] = now + round(wait * SECOND)
            heapq.heappush(turns, (due[name], name))
            if name == "printer" and judged.state == "down" and paces[name].downs == 1:
                due["switch"] = now + 1
                heapq.heappush(turns, (now + 1, "switch"))
        return self

    def _printer(self, now: Ms, target: Target, sleepers: Sleepers) -> Verdict:
        life = value_at(self.life, now) if self._reached(now) else "dead"
        pings = PING if life != "dead" and not self.deaf else LOST
        spared = pings.ok and not sleepers.may_ask(target, "snmp", now / SECOND)
        answers = {"icmp": pings, "snmp": Answer(False, NOT_ASKED) if spared else _snmp(life)}
        judged = verdict(PRINTER, target, answers, stopped=sleepers.stopped(target))
        sleepers.note(target, PRINTER, answers, judged, now / SECOND)
        return self._isolated(now, judged)

    def _switch(self, now: Ms) -> Verdict:
        good = Answer(True, None, 1.0, None, {"uptime": 1})
        answers = {"icmp": PING, "snmp": good} if self._reached(now) else {"icmp": LOST, "snmp": SILENT}
        return self._isolated(now, verdict(SWITCH, Target("S-1", "switch", "10.0.0.1"), answers))

    def _isolated(self, now: Ms, judged: Verdict) -> Verdict:
        """As the scheduler does, with a reference that does not lie behind the switch."""
        silent = judged.state == "down" and not judged.conditions
        away = silent and value_at(self.collector, now) == "cut off"
        return Verdict("unknown", ("isolated",), "isolated", {}) if away else judged

    def _reached(self, now: Ms) -> bool:
        return value_at(self.line, now) == "up" and value_at(self.collector, now) != "cut off"

    def judged(self) -> list[Span]:
        """What the centre makes of it."""
        rule = Confirmation()
        above = Ancestor(judge(self.switch, rule).outages, INTERVAL)
        outages = judge(self.printer, rule).outages
        facts = DeviceFacts(seen=self.printer, outages=outages, ancestors=(above,) * self.parented, policy=POLICY)
        return spans(facts, 0, self.end, self.end)

    def periods(self, turns: Sequence[Turn], values: Sequence[str]) -> list[tuple[Ms, Ms]]:
        """When one of these values was true, neighbours joined."""
        found: list[tuple[Ms, Ms]] = []
        for n, one in enumerate(turns):
            until = turns[n + 1].at if n + 1 < len(turns) else self.end
            if one.value in values:
                joins = bool(found) and found[-1][1] == one.at
                found = [*found[:-1], (found[-1][0], until)] if joins else [*found, (one.at, until)]
        return found


def value_at(turns: Sequence[Turn], at: Ms) -> str:
    """What is true at an instant."""
    return turns[bisect_right(turns, at, key=lambda turn: turn.at) - 1].value


def _snmp(life: str) -> Answer:
    if life in ("dead", "asleep", "jammed asleep"):
        return SILENT
    if life in ("agent closed", "key refused"):
        return Answer(False, "refused" if life == "agent closed" else "auth")
    values: dict[str, Value] = {"uptime": 1, "errors": "04" if life == "jammed" else "00"}
    return Answer(True, None, 1.0, None, values)


def charged(one: Span) -> bool:
    """Whether it is down time that counts as the vendor's."""
    return one.class_ == "down" and counts_as_vendor(one.owner or "", POLICY)
