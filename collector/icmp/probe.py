"""The probe `icmp`: echo requests over one shared socket a family; without the right to it, left out and said once."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

from collector.icmp.asked import Ping
from collector.icmp.own import OwnPinger
from collector.icmp.pinger import MORE, Pinger
from collector.probe import Answer, Settings
from collector.target import Target

_DEAF: Final = 3  # polls with SNMP but without ping, after which ping is given little time
_SHORT_S: Final = 0.2


def open_pinger(platform: str = sys.platform) -> Pinger:
    """The pinger that this system can have."""
    if platform == "linux":
        return OwnPinger()
    from collector.icmp.portable import PortablePinger

    return PortablePinger()


def short(polls: int, began: float, deadline: float) -> tuple[float, int]:
    """Until when to ask a device that answered SNMP but no ping for so many polls, and how many more after a loss."""
    return (min(deadline, began + 2 * _SHORT_S), 0) if polls >= _DEAF else (deadline, MORE)


def answer_of(ping: Ping) -> Answer | None:
    """Round trip and loss. Cause: timeout. None where nothing could be sent: that says nothing of the device."""
    if ping.sent == 0:
        return None
    if ping.rtt_ms is None:
        return Answer(False, "timeout", None, 1.0)
    return Answer(True, None, round(ping.rtt_ms, 3), 1 - ping.answered / ping.sent)


async def probe(target: Target, settings: Settings, deadline: float) -> Answer | None:
    """As `answer_of`. Left out (None) where this process has no right to ICMP."""
    pinger, address = settings.wire.pinger, target.address
    if not pinger.can(address):
        if settings.steps is not None:
            settings.steps.note("icmp", "left out", pinger.lacking or "")
        return None
    began = asyncio.get_running_loop().time()
    until, more = short(settings.wire.deaf.get(target.device, 0), began, deadline)
    ping = await pinger.ping(address, until, more)
    if settings.steps is not None:
        told = f"{ping.answered} of {ping.sent} answered" + (f" ({ping.error})" if ping.error else "")
        settings.steps.note("icmp", f"echo request to {address}", told, began)
    return answer_of(ping)
