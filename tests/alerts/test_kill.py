"""A process that is killed in the middle of delivery loses nothing, and doubles only under the same Message-ID."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from alerts.channels import MailChannel
from alerts.delivery import Delivery
from alerts.settings import Mail
from store.database import reading
from store.notices import CLAIM_MS, enqueue
from store.schema import notices
from tests.alerts.site import T0, Site
from tests.alerts.smtp import Postbox, serving

MAILS = 7
BATCH = MailChannel.batch


def queue(site: Site) -> None:
    with site.write() as conn:
        for n in range(MAILS):
            body = '{"text": "hello", "html": "<p>hello"}'
            enqueue(conn, f"k{n}", "mail", "duty@vendor.example", body, T0, subject=f"mail {n}")


def killed(site: Site, port: int, now: int, when: str) -> None:
    """Let a process of its own deliver until it is killed."""
    command = [sys.executable, "-m", "tests.alerts.dying", f"sqlite:///{site.engine.url.database}"]
    root = Path(__file__).parents[2]
    done = subprocess.run([*command, str(port), str(now), when], cwd=root, timeout=30, check=False)
    assert done.returncode == -signal.SIGKILL


def deliver_rest(site: Site, port: int, now: int) -> None:
    again = Delivery(site.engine, "mail", MailChannel(Mail(f"smtp://127.0.0.1:{port}", "hallwatch@site.example")))
    while again.step(lambda: now):
        pass


def waiting(site: Site) -> int:
    with reading(site.engine) as conn:
        return conn.scalar(select(func.count()).where(notices.c.state == "waiting")) or 0


@pytest.mark.parametrize(("when", "twice"), [("claimed", 0), ("sent-2", 2), ("sent", BATCH)])
@pytest.mark.slow
def test_a_kill_in_the_middle_of_delivery_loses_no_mail(site: Site, when: str, twice: int) -> None:
    queue(site)
    with serving(Postbox()) as box:
        killed(site, box.port, T0, when)
        assert (len(box.mails), waiting(site)) == (twice, MAILS)
        deliver_rest(site, box.port, T0 + 1)
        assert waiting(site) == BATCH  # what the dead one had claimed waits until its claim runs out
        deliver_rest(site, box.port, T0 + CLAIM_MS)
    count_out(site, box, twice)


@pytest.mark.slow
def test_kills_one_after_the_other_lose_no_mail(site: Site) -> None:
    queue(site)
    points = ("claimed", "sent-1", "sent", "sent-2")
    with serving(Postbox()) as box:
        for n, when in enumerate(points):
            killed(site, box.port, T0 + n * CLAIM_MS, when)
        assert len(box.mails) == 1 + BATCH + 2
        deliver_rest(site, box.port, T0 + len(points) * CLAIM_MS)
    count_out(site, box, 1 + BATCH + 2)


def count_out(site: Site, box: Postbox, twice: int) -> None:
    """Lost 0; doubled only what went out and was not recorded, each time under the Message-ID of its notice."""
    assert waiting(site) == 0
    assert {mail["Subject"] for mail in box.mails} == {f"mail {n}" for n in range(MAILS)}
    assert len(box.mails) == MAILS + twice
    named = Counter((mail["Subject"], mail["Message-ID"]) for mail in box.mails)
    assert len(named) == len({ident for _, ident in named}) == MAILS
