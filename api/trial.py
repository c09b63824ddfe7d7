"""A test message goes the way of all others: a row of the outbox, sent by the channel's worker."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from pydantic import BaseModel

from alerts.known import Known
from alerts.outbox import ask
from alerts.recipient import BadRecipient, Recipient, recipient_of
from alerts.template import message
from api.auth import Asker
from api.bodies import REFUSED, fault
from api.context import Context
from api.pages.view import zone_info
from api.problems import Problem, not_found
from store import attempts, notice_list, templates
from store.database import reading, writing

LOOK_S = 0.2


class Tested(BaseModel):
    """`outcome` is sent, failed, refused, unknown, or waiting where nothing was said yet; `answer` what was said."""

    notice: str
    outcome: str
    answer: str


def begin(room: Context, by: Asker, name: str, to: str = "") -> int:
    """Ask for a test; answers the notice's id. Raises `Problem` 404, 422."""
    channel = next((one for one in room.channels if one.name == name and one.test), None)
    if channel is None:
        raise not_found()
    whom, now = _recipient(channel, to), room.now()
    when = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone_info(None, room.zone)).strftime("%Y-%m-%d %H:%M:%S")
    url = f"{room.url}/channels" if room.url else ""
    with writing(room.engine) as conn:
        said = message("test", room.language, {"time": when, "url": url}, templates.newest(conn))
        document = {"event": "test", "by": by.name, "url": url or None}
        key = f"test/{channel.name}/{now}/{time.monotonic_ns()}"
        ask(conn, key, whom, said, document, now)
        return notice_list.id_of(conn, key) or 0


def wait(room: Context, notice: int, seconds: float) -> Tested:
    """What became of a test, once something did, at most so many seconds from now."""
    until = time.monotonic() + seconds
    while (found := _look(room, notice)).outcome == "waiting" and time.monotonic() < until:
        time.sleep(LOOK_S)
    return found


def _look(room: Context, notice: int) -> Tested:
    with reading(room.engine) as conn:
        tries = attempts.of_notices(conn, [notice]).get(notice, [])
    over = [one for one in tries if one.outcome != "begun"]
    if not over:
        return Tested(notice=str(notice), outcome="waiting", answer="")
    return Tested(notice=str(notice), outcome=over[-1].outcome, answer=over[-1].answer)


def _recipient(channel: Known, to: str) -> Recipient:
    if channel.test == "itself":
        return Recipient(channel.kind, channel.name)
    text = f"mailto:{to.strip()}" if channel.test == "address" else f"sms:{to.strip()}@{channel.name}"
    try:
        return recipient_of(text)
    except BadRecipient as error:
        raise Problem(422, REFUSED, [fault("to", error.reason)]) from error
