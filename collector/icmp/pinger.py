"""What pings hosts from one event loop, and what right it needs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final, Protocol

from collector.icmp.asked import Asked, Ping

MORE: Final = 2  # asked after a lost one, to tell a loss from silence
GRANT: Final = (
    f"grant it with `setcap cap_net_raw+ep $(readlink -f {sys.executable})`, with AmbientCapabilities=CAP_NET_RAW in "
    "the systemd unit, or with `sysctl net.ipv4.ping_group_range='0 2147483647'`"
)


class Pinger(Protocol):
    """Pings hosts from one loop; `lacking` says why it cannot, None while it can."""

    lacking: str | None

    @property
    def way(self) -> str:
        """By what it pings, for people."""

    def can(self, address: str) -> bool:
        """Opens the socket when first asked; without the right says once what to grant (then False)."""

    def ask(self, asked: Asked, address: str, now: float, until: float, more: int = MORE) -> None:
        """One request; without an answer after a second or half the time, `more`; any answer counts until `until`.

        `now` and `until` are the loop's clock. `asked.pinged` is called once, and never before `ask` returns. Only
        where `can`.
        """

    async def ping(self, address: str, until: float, more: int = MORE) -> Ping:
        """As `ask`; nothing is sent where it cannot."""

    def counts(self) -> Mapping[str, int]:
        """Datagrams that were no answer to what was asked, by reason, as far as it knows them."""

    def close(self) -> None:
        """Give the sockets back; what is asked now ends without an answer."""
