"""The outbox: on disk before it is sent, whole after damage, no number twice."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.outbox.outbox import Letter, Limits, Outbox, OutboxBusy, OutboxUnusable, OutboxUnwritable
from collector.outbox.record import HEAD_BYTES, MIN_PAYLOAD, pack

SMALL = Limits(segment_bytes=2048)
NOW = 1_800_000_000.0


def payload(number: int, size: int = 100) -> bytes:
    return f"observation {number} ".encode().ljust(size, b".")


def fill(outbox: Outbox, count: int, batch: int = 10) -> None:
    for first in range(outbox.next, outbox.next + count, batch):
        outbox.append([payload(n) for n in range(first, first + batch)], NOW)


def everything(outbox: Outbox) -> list[Letter]:
    found: list[Letter] = []
    following = outbox.oldest
    while batch := outbox.read(following, 7):
        found += batch
        following = batch[-1].seq + 1
    return found


def segments(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.seg"))


def test_what_was_appended_is_read_in_order_with_its_seq_from_1(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    assert outbox.append([payload(1), payload(2)], NOW) == range(1, 3)
    fill(outbox, 98, 7)
    assert [(letter.seq, letter.payload) for letter in everything(outbox)] == [(n, payload(n)) for n in range(1, 101)]
    assert len(segments(tmp_path / "o")) > 3


def test_reading_from_anywhere_and_again_gives_the_same(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 100)
    assert [letter.seq for letter in outbox.read(57, 3)] == [57, 58, 59]
    assert outbox.read(60, 1)[0].seq == 60
    assert outbox.read(5, 1)[0].payload == payload(5)
    assert outbox.read(101, 5) == []
    assert outbox.damaged == 0
    outbox.append([payload(101)], NOW)
    assert outbox.read(101, 5)[0].payload == payload(101)


def test_a_restart_keeps_epoch_and_goes_on_counting(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 50)
    outbox.close()
    again = Outbox(tmp_path / "o", SMALL)
    assert (again.epoch, again.next, again.oldest) == (outbox.epoch, 51, 1)


def test_a_receipt_drops_what_it_covers_and_survives_a_restart(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 100)
    before = len(segments(tmp_path / "o"))
    outbox.drop_through(outbox.epoch, 73)
    assert outbox.oldest == 74
    assert len(segments(tmp_path / "o")) < before
    outbox.close()
    again = Outbox(tmp_path / "o", SMALL)
    assert [letter.seq for letter in everything(again)] == list(range(74, 101))


def test_a_receipt_of_another_epoch_drops_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 10)
    outbox.drop_through("another", 10)
    assert outbox.oldest == 1


def test_no_seq_is_used_twice_after_everything_was_dropped(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 100)
    outbox.drop_through(outbox.epoch, 100)
    assert (outbox.oldest, outbox.next, everything(outbox)) == (101, 101, [])
    for _ in range(3):
        outbox.close()
        outbox = Outbox(tmp_path / "o", SMALL)
    assert outbox.append([payload(101)], NOW) == range(101, 102)
    (tmp_path / "o" / "cursor").write_bytes(b"\0\0")
    outbox.close()
    assert Outbox(tmp_path / "o", SMALL).next == 102


def test_two_processes_cannot_have_one_outbox(tmp_path: Path) -> None:
    first = Outbox(tmp_path / "o")
    with pytest.raises(OutboxBusy):
        Outbox(tmp_path / "o")
    first.close()
    Outbox(tmp_path / "o").close()


def test_a_directory_that_cannot_be_had_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for wrong in (Path("/proc/nope/outbox"), tmp_path / "file" / "o"):
        with pytest.raises(OutboxUnusable, match=f"the outbox {wrong} cannot be used: "):
            Outbox(wrong)


def test_the_oldest_go_first_when_there_is_no_room_and_are_counted(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", Limits(max_bytes=8192, segment_bytes=2048))
    fill(outbox, 200)
    outbox.drop_through(outbox.epoch, 5)
    lost = outbox.expire(NOW)
    assert outbox.octets <= 8192
    assert (lost, outbox.dropped) == (outbox.oldest - 6, lost)
    assert [letter.seq for letter in everything(outbox)] == list(range(outbox.oldest, 201))
    outbox.close()
    assert Outbox(tmp_path / "o", SMALL).dropped == lost


def test_what_is_older_than_the_limit_goes_and_a_receipted_one_is_no_loss(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 50)
    outbox.drop_through(outbox.epoch, 20)
    assert outbox.expire(NOW + 6 * 86_400) == 0
    assert outbox.expire(NOW + 8 * 86_400) == outbox.oldest - 21
    assert outbox.oldest > 21


def test_a_torn_tail_is_cut_and_its_seq_is_free(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 10)
    outbox.close()
    path = segments(tmp_path / "o")[0]
    whole = path.read_bytes()
    for cut in (1, 50, HEAD_BYTES + 99):
        path.write_bytes(whole + pack(11, [payload(11)])[:cut])
        again = Outbox(tmp_path / "o")
        assert again.next == 11
        assert again.append([payload(99)], NOW) == range(11, 12)
        assert [letter.payload for letter in everything(again)][-1] == payload(99)
        assert again.damaged == 0
        again.close()
        segments(tmp_path / "o")[-1].unlink()


def test_zeros_at_the_end_are_no_damage(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 10)
    outbox.close()
    with segments(tmp_path / "o")[0].open("ab") as file:
        file.write(bytes(4096))
    assert Outbox(tmp_path / "o").next == 11


def test_a_seq_that_may_have_been_sent_is_not_given_out_again_after_damage_at_the_end(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 10)
    outbox.close()
    path = segments(tmp_path / "o")[0]
    octets = bytearray(path.read_bytes())
    octets[-5] ^= 0x40
    path.write_bytes(octets)
    again = Outbox(tmp_path / "o")
    assert again.next == 11
    again.append([payload(11)], NOW)
    assert [letter.seq for letter in everything(again)] == [*range(1, 10), 11]
    assert again.damaged == 1
    again.drop_through(again.epoch, 9)
    assert again.oldest == 11


def test_damage_in_the_middle_costs_only_what_it_hit(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 60)
    outbox.close()
    path = segments(tmp_path / "o")[1]
    octets = bytearray(path.read_bytes())
    octets[300:310] = b"\xff" * 10
    path.write_bytes(octets)
    again = Outbox(tmp_path / "o", SMALL)
    found = [letter.seq for letter in everything(again)]
    assert len(found) == 59
    assert again.damaged == 1
    everything(again)
    assert again.damaged == 1


def test_a_missing_segment_is_counted_and_passed_over(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 100)
    outbox.close()
    paths = segments(tmp_path / "o")
    gone = range(int(paths[1].stem), int(paths[3].stem))
    paths[1].unlink()
    paths[2].unlink()
    again = Outbox(tmp_path / "o", SMALL)
    assert [letter.seq for letter in everything(again)] == [n for n in range(1, 101) if n not in gone]
    assert again.damaged == len(gone)
    again.drop_through(again.epoch, gone.start - 1)
    assert again.oldest == gone.stop


def test_a_vanished_directory_starts_a_new_epoch(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 10)
    epoch = outbox.epoch
    shutil.rmtree(tmp_path / "o")
    assert outbox.append([payload(1)], NOW) == range(1, 2)
    assert outbox.epoch != epoch
    assert everything(outbox) == [Letter(outbox.epoch, 1, payload(1))]


def test_a_lost_epoch_starts_a_new_one_and_sets_the_old_records_aside(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o", SMALL)
    fill(outbox, 10)
    outbox.close()
    (tmp_path / "o" / "epoch").write_text("?")
    again = Outbox(tmp_path / "o", SMALL)
    assert (again.epoch, again.next) == (outbox.epoch, 11)
    again.close()
    (tmp_path / "o" / "epoch.copy").unlink()
    new = Outbox(tmp_path / "o", SMALL)
    assert new.epoch != outbox.epoch
    assert (new.next, len(list((tmp_path / "o").glob("*.aside")))) == (1, 1)


def test_a_file_in_the_place_of_the_directory_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "o").write_text("not a directory")
    outbox = Outbox(tmp_path / "o")
    fill(outbox, 10)
    assert len(everything(outbox)) == 10
    assert [path.read_text() for path in tmp_path.glob("o.aside-*")] == ["not a directory"]


def test_a_full_disk_refuses_and_works_again_when_there_is_room(tmp_path: Path) -> None:
    """The kernel's limit on the size of a file stands in for a full disk (EFBIG instead of ENOSPC)."""
    script = """
import resource, signal, sys
from pathlib import Path
from collector.outbox.outbox import Limits, Outbox, OutboxUnwritable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
outbox = Outbox(Path(sys.argv[1]))
outbox.append([b"a" * 100] * 10, 0.0)
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
for _ in range(2):
    try:
        outbox.append([b"b" * 100] * 30, 0.0)
        sys.exit("not refused")
    except OutboxUnwritable:
        pass
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert outbox.append([b"c" * 100] * 5, 0.0) == range(11, 16)
assert [(m.seq, m.payload[:1]) for m in outbox.read(1, 5)] == [(n, b"a") for n in range(1, 6)]
assert [(m.seq, m.payload[:1]) for m in outbox.read(9, 2) + outbox.read(11, 9)][1:] == [
    (10, b"a"), *((n, b"c") for n in range(11, 16))]
assert outbox.damaged == 0 and outbox.failures == 2
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "o")], check=True, timeout=20)
    again = Outbox(tmp_path / "o")
    assert [letter.seq for letter in everything(again)] == list(range(1, 16))


@pytest.mark.server
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_a_really_full_disk_refuses_and_works_again(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("may not mount")
    try:
        outbox = Outbox(disk / "o", SMALL)
        with pytest.raises(OutboxUnwritable):
            fill(outbox, 1000)
        held = outbox.next - 1
        assert held > 100
        outbox.drop_through(outbox.epoch, held - 20)
        fill(outbox, 10)
        assert [letter.seq for letter in everything(outbox)] == list(range(held - 19, held + 11))
        outbox.close()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.slow
def test_after_kill_9_nothing_confirmed_is_missing_and_no_seq_comes_twice(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from collector.outbox.outbox import Limits, Outbox
outbox = Outbox(Path(sys.argv[1]), Limits(segment_bytes=4096))
while True:
    seqs = outbox.append([b"x" * 100] * 3, 0.0)
    print(seqs.stop - 1, file=sys.stderr, flush=True)
"""
    confirmed, epochs = 0, set()
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "o")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert child.stderr is not None
        for _ in range(random.randrange(5, 60)):
            line = child.stderr.readline()
            assert int(line) == confirmed + 3
            confirmed = int(line)
        child.kill()
        rest = child.communicate()[1].split()
        confirmed = int(rest[-1]) if rest else confirmed
        outbox = Outbox(tmp_path / "o", Limits(segment_bytes=4096))
        found = [letter.seq for letter in everything(outbox)]
        assert found == list(range(1, len(found) + 1))
        assert len(found) >= confirmed
        assert outbox.damaged == 0
        confirmed = len(found)
        epochs.add(outbox.epoch)
        outbox.close()
    assert len(epochs) == 1


def test_a_payload_that_no_record_can_hold_is_refused(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    for wrong in (b"x" * (MIN_PAYLOAD - 1), b"x" * 70_000):
        with pytest.raises(ValueError, match="octets"):
            outbox.append([wrong], NOW)
    assert outbox.next == 1


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_happens_to_the_files_what_is_whole_survives(tmp_path: Path, data: st.DataObject) -> None:
    directory = tmp_path / "fuzz"
    shutil.rmtree(directory, ignore_errors=True)
    outbox = Outbox(directory, SMALL)
    fill(outbox, 40)
    outbox.close()
    path = data.draw(st.sampled_from(segments(directory)), "segment")
    octets = bytearray(path.read_bytes())
    record = len(pack(1, [payload(1)]))
    hit: set[int] = set()
    for at in data.draw(st.lists(st.integers(0, len(octets) - 1), max_size=6, unique=True), "flips"):
        octets[at] ^= data.draw(st.integers(1, 255))
        hit.add(int(path.stem) + at // record)
    keep = data.draw(st.integers(0, len(octets)) | st.just(len(octets)), "cut")
    cut = set(range(int(path.stem) + keep // record, int(path.stem) + len(octets) // record))
    path.write_bytes(octets[:keep])
    again = Outbox(directory, SMALL)
    found = everything(again)
    assert {letter.seq for letter in found} == set(range(1, 41)) - hit - cut
    assert all(letter.payload == payload(letter.seq) for letter in found)
    fresh = again.append([payload(0)], NOW)[0]
    assert fresh not in {letter.seq for letter in found}
    assert fresh > max(hit - cut, default=0)
    again.close()
