"""An older copy of an outbox goes on under a new epoch: nothing that it holds is lost, whenever it is killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from collector.outbox.outbox import Limits, Outbox, OutboxUnwritable
from tests.collector.outbox.test_outbox import NOW, SMALL, everything, fill, payload, segments


def restored(tmp_path: Path) -> Outbox:
    """A copy taken at seq 5 (2 of them receipted) in which 50 new facts were recorded; the centre has up to 105."""
    outbox = Outbox(tmp_path / "lost", SMALL)
    fill(outbox, 5, 5)
    outbox.drop_through(outbox.epoch, 2)
    outbox.close()
    shutil.copytree(tmp_path / "lost", tmp_path / "o")
    copy = Outbox(tmp_path / "o", SMALL)
    fill(copy, 50)
    return copy


def held(outbox: Outbox) -> list[bytes]:
    return [letter.payload for letter in everything(outbox)]


WANTED = [payload(n) for n in range(3, 56)]


def test_a_receipt_for_what_was_never_appended_begins_a_new_epoch_with_everything_held(tmp_path: Path) -> None:
    outbox = restored(tmp_path)
    old = outbox.epoch
    with structlog.testing.capture_logs() as said:
        outbox.drop_through(old, 105)
    assert outbox.epoch != old
    assert (outbox.oldest, outbox.next, outbox.damaged) == (1, 54, 0)
    assert held(outbox) == WANTED
    assert {entry["event"] for entry in said if entry["log_level"] == "error"} == {
        "outbox_is_an_older_copy",
        "outbox_carried_over",
    }
    outbox.drop_through(old, 105)
    assert outbox.append([payload(56)], NOW) == range(54, 55)
    outbox.close()
    again = Outbox(tmp_path / "o", SMALL)
    assert (again.epoch, again.next) == (outbox.epoch, 55)
    assert held(again) == [*WANTED, payload(56)]
    assert {path.name for path in (tmp_path / "o").iterdir() if path.is_dir()} == set()


def test_a_receipt_at_next_is_beyond_it_and_one_below_is_not(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 10)
    epoch = outbox.epoch
    outbox.drop_through(epoch, 10)
    assert (outbox.epoch, outbox.oldest) == (epoch, 11)
    outbox.drop_through(epoch, 11)
    assert outbox.epoch != epoch
    assert (outbox.oldest, outbox.next) == (1, 1)


def test_what_is_carried_over_keeps_its_age(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 50)
    outbox.drop_through(outbox.epoch, 105)
    assert outbox.expire(NOW + 6 * 86_400) == 0
    assert outbox.expire(NOW + 8 * 86_400) >= 40


def test_damage_in_the_copy_costs_only_what_it_hit(tmp_path: Path) -> None:
    outbox = restored(tmp_path)
    path = segments(tmp_path / "o")[1]
    octets = bytearray(path.read_bytes())
    octets[300:310] = b"\xff" * 10
    path.write_bytes(octets)
    outbox.drop_through(outbox.epoch, 105)
    assert len(held(outbox)) == 52
    assert set(held(outbox)) < set(WANTED)


def test_where_the_disk_refuses_nothing_is_sent_or_dropped_and_it_is_tried_again(tmp_path: Path) -> None:
    outbox = restored(tmp_path)
    old = outbox.epoch
    (tmp_path / "o" / "renewal.part").write_text("in the way")
    outbox.drop_through(old, 105)
    assert (outbox.epoch, outbox.read(3, 10), outbox.next) == (old, [], 56)
    fill(outbox, 60)
    outbox.drop_through(old, 105)
    assert (outbox.epoch, outbox.oldest) == (old, 3)
    (tmp_path / "o" / "renewal.part").unlink()
    outbox.expire(0.0)
    assert outbox.epoch != old
    assert held(outbox) == [payload(n) for n in range(3, 116)]


def test_nothing_is_written_to_the_old_log_once_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = restored(tmp_path)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == segments(tmp_path / "o")[-1].name:
            raise OSError(5, "Input/output error")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    outbox.drop_through(outbox.epoch, 105)
    with pytest.raises(OutboxUnwritable):
        outbox.append([payload(56)], NOW)
    monkeypatch.undo()
    assert outbox.append([payload(56)], NOW) == range(54, 55)
    assert held(outbox) == [*WANTED, payload(56)]


KILLED_AT_EVERY_STEP = """
import os, shutil, signal, sys
from pathlib import Path
from collector.outbox.outbox import Limits, Outbox

def everything(outbox):
    found, following = [], outbox.oldest
    while batch := outbox.read(following, 1000):
        found += [letter.payload for letter in batch]
        following = batch[-1].seq + 1
    return found

def renew(directory, step):
    outbox = Outbox(directory, Limits(segment_bytes=2048))
    left = step
    def hook(event, _arguments):
        nonlocal left
        if event == "open" or event.startswith(("os.", "shutil.")):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    outbox.drop_through(outbox.epoch, 105)
    os._exit(0)

base, scratch = map(Path, sys.argv[1:])
Outbox(base).close()
step, renewed = 0, 0
while True:
    step += 1
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(base, scratch)
    old = (scratch / "epoch").read_text().strip()
    child = os.fork()
    if child == 0:
        renew(scratch, step)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    outbox = Outbox(scratch, Limits(segment_bytes=2048))
    begun = outbox.epoch != old
    assert begun or step < 5, (step, "the copy was forgotten")
    renewed += begun and killed
    outbox.append([b"new".ljust(100, b".")], 0.0)
    assert not any(path.is_dir() for path in scratch.iterdir()), step
    assert not begun or (outbox.oldest, outbox.next) == (1, 55), step
    before = everything(outbox)
    outbox.close()
    outbox = Outbox(scratch)
    assert everything(outbox) == before
    outbox.close()
    wanted = [f"observation {n} ".encode().ljust(100, b".") for n in range(3, 56)]
    assert before == [*wanted, b"new".ljust(100, b".")], (step, len(before))
    if not killed:
        break
print(step, renewed)
"""


@pytest.mark.slow
def test_killed_at_every_step_it_neither_loses_nor_confuses(tmp_path: Path) -> None:
    restored(tmp_path).close()
    script = [sys.executable, "-c", KILLED_AT_EVERY_STEP, str(tmp_path / "o"), str(tmp_path / "scratch")]
    done = subprocess.run(script, check=True, timeout=60, stdout=subprocess.PIPE, text=True)
    steps, renewed = map(int, done.stdout.splitlines()[-1].split())
    assert steps > 25
    assert renewed > 20


def test_a_large_log_is_carried_over_by_segments(tmp_path: Path) -> None:
    limits = Limits(segment_bytes=100_000)
    outbox = Outbox(tmp_path / "o", limits)
    fill(outbox, 5000, 100)
    outbox.drop_through(outbox.epoch, 100_000)
    assert len(held(outbox)) == 5000
    assert len(segments(tmp_path / "o")) > 5
