"""End points on loopback, and messages for them, for the tests of channels."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from alerts.channels import channel_of
from alerts.channels.channel import Outcome
from alerts.delivery import Delivery
from alerts.end_point import EndPoint, Kind
from alerts.outbox import ask
from alerts.recipient import Recipient
from alerts.settings import Patience
from alerts.template import Message
from store import attempts
from store.attempts import Attempt
from store.database import reading
from store.notices import Notice
from store.schema import notices
from tests.alerts.ear import Ear
from tests.alerts.site import T0, Site

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_KEY = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
EVIL = (
    "<at user_id=\"all\">x</at> @all [click](http://evil.example) <font color='info'> ![i](http://evil.example/i) `*_#"
)
PAGE = "http://site.example/tickets/T-000001"
MESSAGE = Message("[T-000001] 新故障: P-1", f"营业厅: 飞鹅路\n说明: {EVIL}\n详情: {PAGE}", "<p>x")


def end_point(ear: Ear, kind: Kind, name: str = "duty", **more: Any) -> EndPoint:
    """One that may reach the ear."""
    given: dict[str, Any] = {"allow": ("127.0.0.1",), "timeout_s": 2.0} | more
    return EndPoint(name, kind, **({"url": f"{ear.url}/robot/send?key=0123456789abcdef"} | given))


def notice(target: str = "duty", message: Message = MESSAGE, key: str = "k", **document: Any) -> Notice:
    """A row as a worker has it."""
    body = {"title": message.title, "text": message.text, "html": message.html, "document": {"url": PAGE} | document}
    return Notice(1, key, "x", target, False, message.title, json.dumps(body), "T-000001", T0, T0 + 60_000, 0)


def sent(place: EndPoint, *rows: Notice) -> list[Outcome]:
    """What becomes of notices."""
    return [outcome for _notice, outcome in channel_of(place).send(rows or (notice(),))]


def queue(site: Site, place: EndPoint, n: int = 1, at: int = T0) -> None:
    """Ask for messages."""
    with site.write() as conn:
        for i in range(n):
            ask(conn, f"{place.name}/{at}/{i}", Recipient(place.kind, place.name), MESSAGE, {"n": i}, at)


def worker(site: Site, place: EndPoint, patience: Patience | None = None) -> Delivery:
    """A worker of the end point."""
    return Delivery(site.engine, place.name, channel_of(place), patience or Patience())


def states(site: Site) -> list[tuple[str, int]]:
    """State and number of failures of every notice."""
    with reading(site.engine) as conn:
        return [(row.state, row.attempts) for row in conn.execute(select(notices).order_by(notices.c.id))]


def tried(site: Site) -> list[Attempt]:
    """Every attempt."""
    with reading(site.engine) as conn:
        ids = list(conn.scalars(select(notices.c.id)))
        return [one for found in attempts.of_notices(conn, ids).values() for one in found]
