"""Devices that sleep: how often they are asked, and what holds of them meanwhile (O2).

A printer that answers ping but not SNMP sleeps. Every question may wake it, so its SNMP is asked a stated number of
times an hour at most (the kind's `wakes`) and ping alone decides between. One of these is kept for a hint (a trap, a
job, an outage that is over) or a second look at the first silence; the others follow one another evenly.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from collector.kind import Kind
from collector.probe import Answer
from collector.target import Target
from collector.verdict import NOT_ASKED, Verdict, stoppers

_HOUR_S: Final = 3600.0


class Nap:
    """What is known of one device that sleeps or slept within the hour, or stopped before it fell asleep."""

    __slots__ = ("address", "answering", "asked", "asleep", "hinted", "most", "stopped")

    def __init__(self, address: str, most: int) -> None:
        self.address, self.most = address, most
        self.asked: tuple[float, ...] = ()  # when SNMP was asked in vain, the last hour's
        self.answering: frozenset[str] = frozenset()  # application checks that would wake it and answered when asked
        self.asleep = self.hinted = self.stopped = False

    def may_wake(self, now: float) -> bool:
        """May SNMP be asked of a sleeper? Fewer than `most` times an hour, and in turn or after a hint."""
        spent = sum(now - at < _HOUR_S for at in self.asked)
        if spent >= self.most:
            return False
        return self.hinted or not self.asked or now - self.asked[-1] >= _HOUR_S / max(1, self.most - 1)

    def woken(self, now: float) -> None:
        """SNMP was asked in vain."""
        self.asked = (*(at for at in self.asked if now - at < _HOUR_S), now)
        self.hinted = False


class Sleepers:
    """All naps of a collector. Instants are the loop's clock, in seconds."""

    def __init__(self) -> None:
        self._naps: dict[str, Nap] = {}

    def __contains__(self, device: object) -> bool:
        """Whether anything is remembered: of all others every check is asked at every poll."""
        return device in self._naps

    def may_ask(self, target: Target, check: str, now: float) -> bool:
        """May this check be made at the poll that began `now`? Ask only where ping has just answered: what does not
        answer ping is no sleeper, and all is asked before it is called down."""
        nap = self._naps.get(target.device)
        if nap is None or not nap.asleep or nap.address != target.address:
            return True
        if check == "icmp" or (check != "snmp" and check not in nap.answering):
            return True
        return nap.may_wake(now)

    def stopped(self, target: Target) -> bool:
        """Whether the last word of the device was a condition that stops it."""
        nap = self._naps.get(target.device)
        return nap is not None and nap.stopped and nap.address == target.address

    def stir(self, device: str) -> None:
        """A hint that it may be awake: it is asked at its next poll, within what the hour allows."""
        nap = self._naps.get(device)
        if nap is not None:
            nap.hinted = True

    def note(self, target: Target, kind: Kind, answers: Mapping[str, Answer], judged: Verdict, now: float) -> None:
        """Remember what the poll that began `now` says of sleep; call it after every poll of a kind that sleeps."""
        if not kind.sleeps:
            return
        nap = self._naps.get(target.device)
        if nap is not None and nap.address != target.address:
            del self._naps[target.device]  # another address: another device, as far as sleep goes
            nap = None
        if "asleep" in judged.conditions:
            self._asleep(nap or Nap(target.address, kind.wakes), target.device, answers, now)
        elif judged.state == "down" and not judged.conditions:
            if nap is not None:
                nap.hinted = True  # when it answers again it has perhaps been switched on
        else:
            self._awake(nap or Nap(target.address, kind.wakes), target.device, stoppers(kind, judged), now)

    def _asleep(self, nap: Nap, device: str, answers: Mapping[str, Answer], now: float) -> None:
        self._naps[device] = nap
        fresh, nap.asleep = not nap.asleep, True
        if answers["snmp"].cause != NOT_ASKED:
            nap.woken(now)
            nap.hinted = fresh  # it may only have been lost: once more at the next poll
            nap.answering = frozenset(check for check, one in answers.items() if one.ok and check != "icmp")

    def _awake(self, nap: Nap, device: str, stopped: tuple[str, ...], now: float) -> None:
        nap.asleep, nap.hinted, nap.stopped = False, False, bool(stopped)
        if nap.stopped or (nap.asked and now - nap.asked[-1] < _HOUR_S):
            self._naps[device] = nap
        else:
            self._naps.pop(device, None)

    def keep(self, devices: Container[str]) -> None:
        """Forget all other devices."""
        self._naps = {name: nap for name, nap in self._naps.items() if name in devices}

    def stats(self, now: float) -> dict[str, int]:
        """How many sleep, and how often sleepers were asked in vain within the last hour."""
        naps = self._naps.values()
        asked = sum(now - at < _HOUR_S for nap in naps for at in nap.asked)
        return {"asleep": sum(nap.asleep for nap in naps), "wakes_last_hour": asked}
