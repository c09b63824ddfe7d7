"""Receipts, numbers ahead and gaps (contracts: MQTT), against a plain set of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from store import streams
from store.database import writing


@contextmanager
def _stream(engine: Engine, epoch: str = "e") -> Iterator[tuple[Connection, int]]:
    with writing(engine) as conn:
        yield conn, streams.open_stream(conn, "c-01", epoch, 1).n


def _gaps(conn: Connection, n: int) -> list[tuple[int, int]]:
    return [(gap.first, gap.last) for gap in streams.gaps_of(conn, n)]


def test_numbers_in_order_move_the_receipt(engine: Engine) -> None:
    with _stream(engine) as (conn, n):
        assert streams.receive(conn, n, [1, 2, 3], 1) == ([True, True, True], 3)
        assert streams.receive(conn, n, [2, 3, 4], 1) == ([False, False, True], 4)


def test_the_receipt_waits_for_a_gap_and_what_is_beyond_is_new_once(engine: Engine) -> None:
    with _stream(engine) as (conn, n):
        assert streams.receive(conn, n, [1, 4, 5, 4], 1) == ([True, True, True, False], 1)
        assert streams.receive(conn, n, [5, 3], 1) == ([False, True], 1)
        assert streams.receive(conn, n, [2], 1) == ([True], 5)
        assert streams.receive(conn, n, [5], 1) == ([False], 5)


def test_what_the_collector_no_longer_holds_is_passed_over_and_counted(engine: Engine) -> None:
    with _stream(engine) as (conn, n):
        streams.receive(conn, n, [1, 2, 5, 9], 1)
        assert streams.pass_over(conn, n, 8, 7) == 4
        assert _gaps(conn, n) == [(3, 4), (6, 7)]
        assert streams.lost(conn) == streams.lost(conn, n) == 4
        assert streams.receive(conn, n, [8], 1).receipt == 9
        assert streams.pass_over(conn, n, 8, 7) == 0


def test_what_comes_after_all_shrinks_its_gap(engine: Engine) -> None:
    with _stream(engine) as (conn, n):
        streams.pass_over(conn, n, 11, 7)
        assert streams.receive(conn, n, [5, 1, 5], 1).fresh == [True, True, False]
        assert _gaps(conn, n) == [(2, 4), (6, 10)]
        assert streams.receive(conn, n, [5, 10, 2, 3, 4], 1).fresh == [False, True, True, True, True]
        assert _gaps(conn, n) == [(6, 9)]
        assert streams.lost(conn) == 4


def test_epochs_are_streams_of_their_own(engine: Engine) -> None:
    with _stream(engine) as (conn, n):
        streams.receive(conn, n, [1, 2], 1)
        other = streams.open_stream(conn, "c-01", "f", 9)
        assert (other.n != n, other.receipt) == (True, 0)
        assert [one.epoch for one in streams.streams_of(conn, "c-01")] == ["f", "e"]
        assert streams.open_stream(conn, "c-01", "e", 10).receipt == 2


def test_the_largest_numbers_are_taken(engine: Engine) -> None:
    with _stream(engine) as (conn, n):
        last = (1 << 63) - 1
        assert streams.receive(conn, n, [last], 1) == ([True], 0)
        assert streams.pass_over(conn, n, last, 1) == last - 1
        assert streams.receive(conn, n, [7], 1).fresh == [True]


_EPOCHS = count()
_STEPS = st.lists(
    st.one_of(
        st.lists(st.integers(1, 30), min_size=1, max_size=12).map(lambda seqs: ("receive", seqs)),
        st.integers(1, 32).map(lambda oldest: ("pass_over", [oldest])),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_any_order_and_any_repeat_makes_each_number_new_once(
    engine: Engine, steps: list[tuple[str, list[int]]]
) -> None:
    got: set[int] = set()
    passed = 0
    with writing(engine) as conn:
        n = streams.open_stream(conn, "c-09", str(next(_EPOCHS)), 1).n
        for step, numbers in steps:
            if step == "receive":
                fresh = streams.receive(conn, n, numbers, 1).fresh
                assert [seq for seq, new in zip(numbers, fresh, strict=True) if new] == [
                    seq for at, seq in enumerate(numbers) if seq not in got and seq not in numbers[:at]
                ]
                got.update(numbers)
            else:
                passed = max(passed, numbers[0] - 1)
                streams.pass_over(conn, n, numbers[0], 1)
            receipt = passed
            while receipt + 1 in got:
                receipt += 1
            assert streams.receive(conn, n, [], 1).receipt == receipt
            passed = receipt
            assert streams.lost(conn, n) == len(set(range(1, receipt + 1)) - got)
