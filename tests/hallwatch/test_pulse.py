"""Whether a process moves: what systemd and a container's health check are told."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from hallwatch.ensemble import Ensemble
from hallwatch.patience import patiently
from hallwatch.pulse import Stop, beat, fresh, notify
from hallwatch.running import work
from hallwatch.settings_file import load
from store.fault import StoreError, Unreachable
from tests.proof.process import wait_until


def test_a_part_that_works_without_asking_hangs_and_one_that_rests_does_not() -> None:
    working, resting = Stop(), Stop()
    rests = threading.Thread(target=resting.wait, args=(5,))
    rests.start()
    wait_until("its rest", lambda: resting._resting == 1, 60)
    time.sleep(0.05)
    assert resting.silent_s() == 0
    assert working.silent_s() >= 0.05
    assert not beat([working, resting], limit_s=0.04)
    working.is_set()
    assert beat([working, resting], limit_s=0.04)
    resting.set()
    rests.join()


def test_the_pulse_file_is_touched_while_everything_moves_and_not_after_a_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pulse"
    monkeypatch.setenv("HALLWATCH_PULSE", str(file))
    assert not fresh(file)
    beat([Stop()])
    assert fresh(file)
    os.utime(file, (time.time() - 120,) * 2)
    assert not beat([Stop()], limit_s=-1)
    assert not fresh(file)
    load(None)  # its name begins like a setting's and is none


def test_systemd_is_told_when_it_is_ready_and_that_it_lives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        ensemble = Ensemble()
        ensemble.add("ends", lambda _stop: None)
        ensemble.add("fails", _fails)
        assert work(ensemble) == 1
        assert manager.recv(100) == b"READY=1"
        beat([Stop()])
        assert {manager.recv(100), manager.recv(100)} == {b"STOPPING=1", b"WATCHDOG=1"}


def test_without_a_service_manager_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    notify("READY=1")
    monkeypatch.delenv("NOTIFY_SOCKET")
    notify("READY=1")


def test_a_database_that_is_not_up_yet_is_waited_for() -> None:
    tries = iter([Unreachable("db", "refused"), Unreachable("db", "refused"), None])

    def attempt() -> str:
        error = next(tries)
        if error is not None:
            raise error
        return "open"

    assert patiently(attempt, (0.0,)) == "open"


def test_a_database_that_is_no_database_is_not_waited_for() -> None:
    def attempt() -> None:
        raise StoreError("db", "neither sqlite:// nor postgresql://")

    with pytest.raises(StoreError):
        patiently(attempt)


def test_it_can_be_ended_while_it_waits() -> None:
    def attempt() -> None:
        threading.Timer(0.1, signal.raise_signal, (signal.SIGTERM,)).start()
        raise Unreachable("db", "refused")

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit):
        patiently(attempt)
    assert signal.getsignal(signal.SIGTERM) is before


def _fails(_stop: threading.Event) -> None:
    raise StoreError("disk", "full")
