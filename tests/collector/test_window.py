"""How far a collector sends ahead of the receipt (contracts, MQTT)."""

from __future__ import annotations

from collector.publisher import read_receipt
from collector.window import Window


def sending(window: Window, until: int, now: float = 0.0) -> None:
    for seq in range(window.following, until + 1):
        window.sent(seq, now)


def test_at_most_1000_are_sent_beyond_the_receipt() -> None:
    window = Window()
    assert window.room == 1000
    sending(window, 1000)
    assert window.room == 0
    assert window.advance(10, 1.0)
    assert window.room == 10


def test_a_new_connection_sends_again_from_the_receipt_on() -> None:
    window = Window()
    sending(window, 500)
    window.advance(200, 0.0)
    window.begin(200, 5.0)
    assert (window.following, window.room) == (201, 1000)


def test_an_older_receipt_changes_nothing() -> None:
    window = Window()
    sending(window, 50)
    window.advance(40, 1.0)
    assert not window.advance(39, 2.0)
    assert window.receipt == 40


def test_without_progress_for_30_s_it_is_stalled_and_sends_again() -> None:
    window = Window()
    assert not window.stalled(1000.0, 30.0)
    sending(window, 5, 1000.0)
    assert not window.stalled(1029.9, 30.0)
    assert window.stalled(1030.0, 30.0)
    window.rewind(1030.0)
    assert window.following == 1
    assert not window.stalled(1031.0, 30.0)


def test_everything_receipted_is_no_stall() -> None:
    window = Window()
    sending(window, 5, 1000.0)
    window.advance(5, 1001.0)
    assert not window.stalled(9999.0, 30.0)


def test_a_receipt_is_read_and_anything_else_is_none() -> None:
    assert read_receipt(b'{"v":1,"epoch":"e","seq":7}') == ("e", 7)
    for wrong in (
        b"",
        b"[]",
        b"7",
        b'{"v":2,"epoch":"e","seq":7}',
        b'{"v":1,"epoch":"e","seq":-1}',
        b'{"v":1,"epoch":"e","seq":true}',
        b'{"v":1,"epoch":null,"seq":1}',
        b'{"v":1,"epoch":"e","seq":1}' + b" " * 1024,
        b"\xff",
        b"[" * 900,
    ):
        assert read_receipt(wrong) is None
