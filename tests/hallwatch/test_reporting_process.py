"""`hallwatch alerts` as a process, a real mail server, the real clock: three missed months, each mailed once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sla.instant import DAY, MINUTE
from store.database import writing
from store.schema import imports
from tests.alerts.smtp import Postbox, serving
from tests.hallwatch.reported import city
from tests.reports.site import T0, Site

ROOT = Path(__file__).parents[2]


@contextmanager
def alerting(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`hallwatch alerts` at work in a folder."""
    command = [sys.executable, "-m", "hallwatch", "alerts", "-c", str(folder / "hallwatch.toml")]
    with (folder / "log").open("ab") as log, subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log) as process:
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        finally:
            process.kill()


def waited(box: Postbox, mails: int, patience_s: float = 40.0) -> None:
    until = time.monotonic() + patience_s
    while len(box.mails) < mails and time.monotonic() < until:
        time.sleep(0.05)


@pytest.mark.server
def test_months_that_nobody_was_there_for_are_mailed_once_however_many_run(tmp_path: Path) -> None:
    seen = Site(tmp_path, city())
    began = time.time_ns() // 1_000_000 - 130 * DAY
    seen.saw("P-1", "u" * 30, (began - T0) // MINUTE)
    with writing(seen.engine) as conn:  # the halls have been known for as long
        conn.execute(imports.update().values(at=began))
    seen.engine.dispose()
    with serving(Postbox()) as box:
        (tmp_path / "hallwatch.toml").write_text(
            f'[database]\nurl = "sqlite:///site.db"\n[mqtt]\nurl = "mqtt://127.0.0.1:1"\n'
            f'[mail]\nurl = "smtp://127.0.0.1:{box.port}"\n'
            '[reports]\nto = ["mailto:boss@operator.example"]\nformats = ["csv"]\nlanguage = "en"\n'
        )
        with alerting(tmp_path), alerting(tmp_path):
            waited(box, 6)
    unique = {mail["Message-ID"]: mail for mail in box.mails}
    assert Counter(mail["To"] for mail in unique.values()) == {"boss@operator.example": 3, "duty@vendor.example": 3}
    for mail in unique.values():
        (file,) = mail.iter_attachments()
        assert str(file.get_filename()).endswith(".csv")
        body = mail.get_body(("plain",))
        assert body is not None
        assert "comes late" in body.get_payload(decode=True).decode()  # type: ignore[union-attr]
