"""A simulated device at work: its layout, its part of the story, its encoded values of the moment."""

from __future__ import annotations

import socket
from zlib import crc32

from simulator.city import Device
from simulator.message import value_binding
from simulator.model import Layout
from simulator.scenario import Scenario, Situation
from simulator.source import DAY, Moment, chance

TICK: int = 500
"""Simulated ms for which values stand still, so that equal questions need be answered once; situations never wait."""
MAX_KEPT = 32


class Unit:
    """One device that answers; everything is asked with the simulated instant."""

    def __init__(self, device: Device, layout: Layout, scenario: Scenario) -> None:
        self.device = device
        self.layout = layout
        self.address = socket.inet_aton(device.address)
        self.community = device.community.encode()
        self.kept: dict[bytes, bytes] = {}
        self._scenario = scenario
        self._salt = crc32(device.id.encode())
        # On since some day of the last 490 before the story: near sysUpTime's wrap for a few (C4).
        self._installed = scenario.start - int(490 * DAY * chance(self._salt, 1))
        self._situation = scenario.state_at(device.id, scenario.start)
        self._known_from = scenario.start
        self._tick = -1
        self._moment = self._moment_at(scenario.start)

    def situation(self, t: int) -> Situation:
        """How the device is at `t`."""
        if not self._known_from <= t < self._situation.until:
            self._situation = self._scenario.state_at(self.device.id, t)
            self._known_from = t
            self._tick = -1
        return self._situation

    def turn_to(self, t: int) -> None:
        """Make the values those of `t`; forgets what was encoded for an earlier tick or situation."""
        self.situation(t)
        if t // TICK != self._tick:
            self._tick = t // TICK
            self._moment = self._moment_at(t)
            self.kept.clear()

    def has(self, index: int) -> bool:
        """Whether the object at this place of the layout is there, as `turn_to` left it."""
        there = self.layout.objects[index].there
        return there is None or there(self._moment)

    def binding(self, index: int) -> bytes:
        """The encoded binding of the object at this place of the layout, as `turn_to` left it."""
        object_ = self.layout.objects[index]
        if object_.source is None:
            return object_.fixed
        return value_binding(object_.name, object_.tag, object_.source(self._moment))

    def _moment_at(self, t: int) -> Moment:
        restarted = self._situation.restarted
        booted = self._installed if restarted is None else restarted
        return Moment(self.device, self._salt, t, booted, self._situation, self._scenario.toner(self.device.id, t))
