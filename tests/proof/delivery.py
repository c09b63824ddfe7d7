"""Delivery killed between every two of its steps, against servers that misbehave: lost 0, doubled only under one id.

In each round messages are asked for, a worker takes them and is killed by SIGKILL at one of six points while the other
side answers well, late, 500, an error with 200, never, or drops the line once it has everything; the clock may step by
an hour. Then two workers at once deliver the rest. In full: `python -m tests.proof.delivery --rounds 200`.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select

from alerts.channels.letter import identity
from alerts.channels.mail import message_id
from alerts.delivery import Delivery
from alerts.end_point import EndPoint
from alerts.outbox import ask
from alerts.recipient import Recipient
from alerts.settings import Mail, Patience
from alerts.template import Message
from store import attempts
from store.database import migrate, open_database, reading, writing
from store.notices import CLAIM_MS, Notice
from store.schema import notices
from tests.alerts.chats import KEY
from tests.alerts.ear import Ear, Heard, Reply, listening, said
from tests.alerts.smtp import Postbox, serving
from tests.proof.dying_delivery import POINTS, Step, channel
from tests.proof.dying_delivery import run as one_step
from tests.proof.figures import tell

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
START: Final = 1_793_584_800_000  # 2026-11-02T02:00:00Z
TIMEOUT_S: Final = 0.6
SENDER: Final = "hallwatch@site.example"
KINDS: Final = ("webhook", "wecom", "dingtalk", "feishu", "sms", "mail")
GOOD: Final = said({"errcode": 0, "errmsg": "ok", "code": 0})
REPLIES: Final = {
    "good": GOOD,
    "late": GOOD._replace(late_s=0.2),
    "500": said({"errcode": 0, "code": 0}, 500),
    "error": said({"errcode": -1, "errmsg": "busy", "code": 1}),
    "hang": GOOD._replace(late_s=3 * TIMEOUT_S),
    "drop": Reply(drop=True),
}
MAIL_REPLIES: Final = {"500": "451 later", "error": "452 no room", "hang": "slow", "drop": "drop"}
TAKEN: Final = frozenset({"good", "late", "hang", "drop"})
"""How the other side has taken a message, whatever it says of it; a webhook's 200 is a success by its standard."""


@dataclass(frozen=True)
class Figures:
    """The four that must be 0: `lost`, `doubled_needlessly` (after a success was recorded), `other_id`, `early`."""

    rounds: int
    seconds: float
    kills: dict[str, int]
    messages: int
    lost: int
    doubled: int
    doubled_needlessly: int
    other_id: int
    early: int
    clock_steps: int

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, early, doubled without need, or doubled under another id."""
        return not (self.lost or self.doubled_needlessly or self.other_id or self.early)


class Box(Postbox):
    """A mail server that says what it has taken."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        had = len(self.mails)
        answer = await super().handle_DATA(server, session, envelope)
        for mail in self.mails[had:]:
            self._stage.took(mail["Message-ID"])
        self._stage.heard_it()
        return answer


class Stage:
    """The database, the servers and the clock of one proof."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.database = f"sqlite:///{folder / 'outbox.db'}"
        self.engine = open_database(self.database)
        migrate(self.engine)
        self.chance = random.Random(seed)
        self.now = START
        self.behaviour = "good"
        self.taken: Counter[str] = Counter()
        self.due: dict[str, int] = {}
        self.early = self.clock_steps = self.messages = 0
        self.kills: Counter[str] = Counter()
        self.victim: int | None = None
        self.ear = Ear(usual=GOOD, on_heard=self._heard)
        self.box = Box(self)

    def place(self, kind: str) -> EndPoint | Mail:
        """Where messages of a kind go."""
        if kind == "mail":
            return Mail(f"smtp://127.0.0.1:{self.box.port}", SENDER, timeout_s=TIMEOUT_S)
        more: dict[str, Any] = {"webhook": {"secret": KEY}}.get(kind, {})
        if kind == "sms":
            more = {"body": '{"to": "{phone}", "text": "{text}"}', "success": r'"code": 0\b'}
        url = f"{self.ear.url}/{kind}/key"
        return EndPoint(kind, kind, url, allow=("127.0.0.1",), timeout_s=TIMEOUT_S, **more)  # type: ignore[arg-type]

    def ask(self, kind: str, round_: int) -> None:
        """Three messages at once, and one for half an hour later."""
        target = {"mail": "duty@vendor.example", "sms": "13800138000@sms"}.get(kind, kind)
        for n, later in enumerate((0, 0, 0, 30 * MINUTE)):
            key, due = f"proof/{round_}/{n}", self.now + later
            message = Message(f"message {key}", "text", "<p>text")
            with writing(self.engine) as conn:
                ask(conn, key, Recipient(kind, target), message, {}, self.now, due_at=due if later else None)
            self.due[_id(key, kind)] = due if later else 0
            self.messages += 1

    def killed(self, kind: str, point: str) -> None:
        """Let a worker take what is due until it is killed."""
        step = Step(self.database, self.place(kind), self.now, point)
        worker = FORKS.Process(target=one_step, args=(step,))
        worker.start()
        self.victim = worker.pid if point == "heard" else None
        worker.join(30)
        self.victim = None
        self.kills[point] += worker.exitcode == -signal.SIGKILL
        worker.close()

    def step_clock(self) -> None:
        """Sometimes by an hour, either way."""
        step = self.chance.choice((0, 0, -HOUR, HOUR))
        self.clock_steps += step != 0
        self.now += step

    def deliver_rest(self, kind: str) -> None:
        """Two workers at once, until nothing waits."""
        self._behave("good")
        for wait in (1000, CLAIM_MS, *([11 * MINUTE] * 12)):
            self.now += wait
            threads = [threading.Thread(target=self._deliver, args=(kind,)) for _ in range(2)]
            for one in threads:
                one.start()
            for one in threads:
                one.join()
            if not self.waiting():
                return

    def misbehave(self, behaviour: str) -> None:
        """What the servers do from now on."""
        self._behave(behaviour)

    def took(self, id: str) -> None:
        """The other side has a message."""
        self.taken[id] += 1
        self.early += self.now < self.due.get(id, 0)

    def heard_it(self) -> None:
        """The other side has everything and has answered nothing: here a worker may die."""
        if self.victim is not None:
            with suppress(ProcessLookupError):
                os.kill(self.victim, signal.SIGKILL)
            time.sleep(0.02)

    def waiting(self) -> int:
        """How many are not out."""
        with reading(self.engine) as conn:
            return conn.scalar(select(func.count()).where(notices.c.state != "sent")) or 0

    def needless(self) -> int:
        """Messages that were sent again although a success was recorded."""
        with reading(self.engine) as conn:
            ids = list(conn.scalars(select(notices.c.id)))
            tries = [one for part in range(0, len(ids), 500) for one in _tries(conn, ids[part : part + 500])]
        return sum(max(0, sum(one.outcome == "sent" for one in made) - 1) for made in tries)

    def _behave(self, behaviour: str) -> None:
        self.behaviour = behaviour
        self.ear.usual = REPLIES[behaviour]
        self.box.answers[:] = [MAIL_REPLIES[behaviour]] * 3 if behaviour in MAIL_REPLIES else []

    def _deliver(self, kind: str) -> None:
        work = Delivery(self.engine, kind, channel(self.place(kind)), Patience())
        for _ in range(50):
            if not work.step(lambda: self.now):
                return

    def _heard(self, heard: Heard) -> None:
        taken = self.behaviour in TAKEN or (self.behaviour == "error" and heard.path.startswith("/webhook"))
        if taken:
            self.took(heard.headers.get("webhook-id") or heard.headers["idempotency-key"])
        self.heard_it()


def _tries(conn: Any, ids: list[int]) -> list[list[attempts.Attempt]]:
    return list(attempts.of_notices(conn, ids).values())


def _id(key: str, kind: str) -> str:
    """The id that every attempt at a message must bear."""
    row = Notice(0, key, kind, "", False, "", "", None, 0, 0, 0)
    return message_id(row, SENDER) if kind == "mail" else identity(row)


FORKS: Final = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.proof.dying_delivery"])


def run(rounds: int, seed: int, folder: Path) -> Figures:
    """The proof: so many kills, each point with each behaviour and channel in turn, then the figures."""
    started = time.monotonic()
    stage = Stage(folder, seed)
    plan = list(itertools.product(POINTS, REPLIES, KINDS))
    stage.chance.shuffle(plan)
    with ExitStack() as stack:
        stack.enter_context(listening(stage.ear))
        stack.enter_context(serving(stage.box))
        for n, (point, behaviour, kind) in zip(range(rounds), itertools.cycle(plan), strict=False):
            stage.ask(kind, n)
            stage.misbehave(behaviour)
            stage.killed(kind, point)
            stage.step_clock()
            stage.deliver_rest(kind)
    lost = sum(stage.taken[id] == 0 for id in stage.due)
    figures = Figures(
        rounds=rounds,
        seconds=round(time.monotonic() - started, 1),
        kills=dict(stage.kills),
        messages=stage.messages,
        lost=lost + stage.waiting(),
        doubled=sum(max(0, number - 1) for number in stage.taken.values()),
        doubled_needlessly=stage.needless(),
        other_id=sum(number for id, number in stage.taken.items() if id not in stage.due),
        early=stage.early,
        clock_steps=stage.clock_steps,
    )
    stage.engine.dispose()
    return figures


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20261102)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hallwatch-delivery-") as name:
        figures = run(arguments.rounds, arguments.seed, Path(name))
    tell(asdict(figures), figures.clean, arguments.json)


if __name__ == "__main__":
    main()
