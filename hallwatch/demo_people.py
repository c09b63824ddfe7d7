"""The people of the demo: hall staff who phone faults in, vendors who come and repair, over the same HTTP as real ones.

What they do hangs on the ticket's number alone, so that the same story is told again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import httpx2
import structlog

EVERY_S: Final = 3.0
_PACE_S: Final = 25.0
_NEXT: Final[Mapping[str, str]] = {
    "opened": "acknowledged",
    "reopened": "acknowledged",
    "rejected": "acknowledged",
    "acknowledged": "dispatched",
    "dispatched": "arrived",
    "arrived": "restored",
}
"""What a vendor does next, by the state of its ticket."""
_CALLS: Final = ("卡纸了", "打不出来", "屏幕不亮", "客户说打印不清楚", "点了没反应")
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class People:
    """`tokens` by role: `operator` for the call takers, `vendor:ID` for each vendor; `address` is the interface's."""

    address: str
    tokens: Mapping[str, str]
    now: Callable[[], float]
    _called: set[str] = field(default_factory=set)
    _since: dict[tuple[str, str], float] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Live until told to stop; a day on which nothing answers is waited out."""
        while not stop.wait(EVERY_S):
            try:
                for role, token in self.tokens.items():
                    with self._client(token) as client:
                        self._call(client) if role == "operator" else self._work(client)
            except (httpx2.HTTPError, KeyError, ValueError) as fault:
                _log.info("demo.people_wait", reason=str(fault)[:200])

    def _client(self, token: str) -> httpx2.Client:
        headers = {"authorization": f"Bearer {token}"}
        return httpx2.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=5, trust_env=False)

    def _call(self, client: httpx2.Client) -> None:
        """A call for most outages, each once."""
        for one in client.get("/outages").raise_for_status().json()["items"]:
            name = f"{one['device']} {one['from']}"
            if one["until"] is None and name not in self._called and _chance(name) < 0.7 and self._waited(name, "call"):
                self._called.add(name)
                if _state(client, one["device"]) != "down":  # behind a dead switch: nobody phones each screen in
                    continue
                words = _CALLS[int(_chance(name + "words") * len(_CALLS))]
                said = {"device": one["device"], "source": "phone", "symptom": words, "at": self._instant()}
                client.post("/tickets", json=said)

    def _work(self, client: httpx2.Client) -> None:
        for ticket in _open(client):
            step = _NEXT.get(ticket["state"])
            if ticket.get("purpose") == "preventive" or step is None or not self._waited(ticket["id"], step):
                continue
            if step != "restored" or self._is_mended(client, ticket):
                self._say(client, ticket, step)

    def _is_mended(self, client: httpx2.Client, ticket: Mapping[str, Any]) -> bool:
        """Whether it works again; one vendor in some claims so before it does (K6)."""
        if _chance(ticket["id"] + "honest") < 0.15:
            return True
        return _state(client, ticket["device"]) in ("up", "degraded")

    def _say(self, client: httpx2.Client, ticket: Mapping[str, Any], step: str) -> None:
        said: dict[str, Any] = {"event": step, "at": self._instant()}
        if step == "restored":
            said |= {"how": "repaired", "cause": "jammed"}
        client.post(f"/tickets/{ticket['id']}/events", json=said)

    def _waited(self, ticket: str, step: str) -> bool:
        """Whether people have taken their time for this step."""
        began = self._since.setdefault((ticket, step), self.now())
        return self.now() - began >= _PACE_S * (0.5 + _chance(ticket + step))

    def _instant(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).isoformat()


def _state(client: httpx2.Client, device: str) -> str:
    return str(client.get(f"/devices/{device}").raise_for_status().json()["state"])


def _open(client: httpx2.Client) -> Iterator[Mapping[str, Any]]:
    yield from client.get("/tickets", params={"open": "true"}).raise_for_status().json()["items"]


def _chance(text: str) -> float:
    """0 to 1, always the same for the same words."""
    return int.from_bytes(sha256(text.encode()).digest()[:4]) / 2**32
