"""Publishing and sealing by a process that is killed at every write: nothing is ever half there (S6)."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from reports.chain import verify
from store import papers
from store.database import reading
from tests.reports.stated import SEPTEMBER, Stated

pytestmark = pytest.mark.slow
WRITES = 4
"""Two papers and an entry are published in one transaction, one seal in another."""


def dies(stated: Stated, write: int, path: Path) -> bool:
    """Publish and seal in a process that is killed right after so many writes; whether it was."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            _act(Stated(path, stated.path), write)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _act(city: Stated, write: int) -> None:
    left = [write]

    def count(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("INSERT"):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(city.engine, "after_cursor_execute", count)
    city.publish(SEPTEMBER)
    city.seal(SEPTEMBER)


@pytest.mark.parametrize("write", range(1, WRITES + 2))
def test_s6_killed_at_any_write_nothing_is_half_there(stated: Stated, tmp_path: Path, write: int) -> None:
    place = tmp_path / "other"
    place.mkdir()
    assert dies(stated, write, place) == (write <= WRITES)
    again = Stated(place)
    state = again.standing(SEPTEMBER).state
    assert state == ("draft" if write < WRITES else "published" if write == WRITES else "sealed")
    with reading(again.engine) as conn:
        assert verify(conn).findings == ()
        kept = [row[0] for row in conn.exec_driver_sql("select digest from papers")]
        assert len(kept) == (0 if state == "draft" else 2)
        assert all(papers.get(conn, digest) for digest in kept)
    again.sealed(SEPTEMBER)
    assert again.standing(SEPTEMBER).state == "sealed"
    again.engine.dispose()
