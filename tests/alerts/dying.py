"""A process that delivers mails and dies by SIGKILL: `python -m tests.alerts.dying DATABASE PORT NOW WHEN`.

WHEN is `claimed` (nothing was sent), `sent-2` (after two mails of the batch) or `sent` (all of it, none recorded).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence

from alerts.channels import MailChannel
from alerts.channels.channel import Outcome
from alerts.delivery import Delivery
from alerts.settings import Mail
from store.database import open_database
from store.notices import Notice


class DyingChannel(MailChannel):
    """Kills its process at one point of a batch."""

    def __init__(self, mail: Mail, when: str) -> None:
        super().__init__(mail)
        self._when = when

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        if self._when == "claimed":
            die()
        for n, outcome in enumerate(super().send(notices), 1):
            if self._when == f"sent-{n}":
                die()
            yield outcome
        die()


def die() -> None:
    """Now, without a goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(database: str, port: str, now: str, when: str) -> None:
    """Take one batch."""
    channel = DyingChannel(Mail(f"smtp://127.0.0.1:{port}", "hallwatch@site.example"), when)
    Delivery(open_database(database), "mail", channel).step(lambda: int(now))


if __name__ == "__main__":
    main(*sys.argv[1:])
