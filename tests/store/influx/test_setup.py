"""A server is set up once or ten times alike; changed retention is adjusted and said; every missing right by name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count

import pytest

from store.influx.address import Address
from store.influx.query import ident
from store.influx.server import connect
from store.influx.setup import Step, setup
from tests.influxd import Influxd, influxd

pytestmark = pytest.mark.server
DAY = 86_400_000
_numbers = count()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    with influxd(tmp_path_factory.mktemp("influxd"), users=True) as server:
        yield server


@pytest.fixture
def bucket() -> str:
    return f"metrics-{next(_numbers)}"


def steps(address: Address, raw: int = 90, hourly: int = 1826, dry_run: bool = False) -> list[tuple[str, str]]:
    with connect(address) as server:
        return [told(step) for step in setup(server, raw, hourly, dry_run=dry_run)]


def told(step: Step) -> tuple[str, str]:
    return step.done + ("?" if step.dry else ""), step.told(str)


def member(real: Influxd, bucket: str, rights: str | None) -> Address:
    name = f"m{next(_numbers)}"
    real.ask(f"CREATE USER {name} WITH PASSWORD 'members-own'")
    if rights:
        real.ask(f"GRANT {rights} ON {ident(bucket)} TO {name}")
    return Address.of(f"{real.url}?bucket={bucket}", username=name, password="members-own")


KEPT = [("kept", "retention policy raw: 90 days"), ("kept", "retention policy hourly: 1826 days")]


def test_what_is_missing_is_made_and_again_nothing(real: Influxd, bucket: str) -> None:
    address = real.address(bucket)
    assert [done for done, _ in steps(address, dry_run=True)] == ["made?"] * 3
    assert bucket not in str(real.ask("SHOW DATABASES"))
    assert steps(address) == [
        ("made", f"database {bucket}"),
        ("made", "retention policy raw: 90 days"),
        ("made", "retention policy hourly: 1826 days"),
    ]
    for _ in range(2):
        assert steps(address) == [("kept", f"database {bucket}"), *KEPT]
    rows = real.ask(f"SHOW RETENTION POLICIES ON {ident(bucket)}")["results"][0]["series"][0]["values"]
    assert rows == [["raw", "2160h0m0s", "24h0m0s", 1, True], ["hourly", "43824h0m0s", "720h0m0s", 1, False]]


def test_changed_retention_is_adjusted_and_said(real: Influxd, bucket: str) -> None:
    steps(real.address(bucket))
    assert steps(real.address(bucket), 30, 400, dry_run=True)[1:] == [
        ("changed?", "retention policy raw: 30 days, 90 before"),
        ("changed?", "retention policy hourly: 400 days, 1826 before"),
    ]
    changed = steps(real.address(bucket), 30, 400)
    assert changed[1:] == [
        ("changed", "retention policy raw: 30 days, 90 before"),
        ("changed", "retention policy hourly: 400 days, 1826 before"),
    ]
    assert {done for done, _ in steps(real.address(bucket), 30, 400)} == {"kept"}


@pytest.mark.parametrize(("raw", "hourly"), [(1, 1), (366, 3660), (1, 3660)])
def test_every_retention_that_the_settings_allow_can_be_made_and_changed_to(
    real: Influxd, bucket: str, raw: int, hourly: int
) -> None:
    assert {done for done, _ in steps(real.address(bucket), raw, hourly)} == {"made"}
    assert {done for done, _ in steps(real.address(bucket))} == {"kept", "changed"}
    assert {done for done, _ in steps(real.address(bucket), raw, hourly)} == {"kept", "changed"}


def test_a_database_of_somebody_else_gets_our_policies_and_keeps_its_own(real: Influxd, bucket: str) -> None:
    real.ask(f"CREATE DATABASE {ident(bucket)}")
    assert steps(real.address(bucket)) == [
        ("kept", f"database {bucket}"),
        ("made", "retention policy raw: 90 days"),
        ("made", "retention policy hourly: 1826 days"),
        ("changed", "retention policy raw is the default"),
    ]
    rows = real.ask(f"SHOW RETENTION POLICIES ON {ident(bucket)}")["results"][0]["series"][0]["values"]
    assert [row[0] for row in rows] == ["autogen", "raw", "hourly"]


def test_what_is_beyond_a_shorter_retention_goes(real: Influxd, bucket: str) -> None:
    now = time.time_ns() // 1_000_000
    with connect(real.address(bucket)) as server:
        setup(server, 90, 1826)
        server.write("raw", [f"device,device=P x=1 {now - n * DAY}" for n in (0, 20)])
        setup(server, 7, 1826)
        for _ in range(100):
            [found] = server.ask('SELECT "x" FROM "raw"."device"')
            if len(found.rows) == 1:
                break
            time.sleep(0.1)
        assert found.rows == [[now, 1]]


def test_who_may_not_make_a_database_is_told_what_an_administrator_has_to_say(real: Influxd, bucket: str) -> None:
    found = steps(member(real, bucket, None))
    assert found[0][0] == "lacks"
    assert found[0][1].startswith(f'database "{bucket}": not made, or this user may not see it; an administrator says ')
    assert f'CREATE DATABASE "{bucket}" WITH DURATION 90d' in found[0][1]
    assert f'then GRANT ALL ON "{bucket}" TO "m' in found[0][1]
    assert "requires admin privilege" in found[0][1]


@pytest.mark.parametrize(
    ("rights", "lacking"),
    [("ALL", []), ("READ", ["write"]), ("WRITE", ["read"]), (None, ["database", "read", "write"])],
)
def test_every_right_that_is_missing_is_named(
    real: Influxd, bucket: str, rights: str | None, lacking: list[str]
) -> None:
    steps(real.address(bucket))
    found = steps(member(real, bucket, rights))
    assert sorted({text.split()[0] for done, text in found if done == "lacks"}) == lacking
    assert "members-own" not in str(found)


def test_who_may_not_change_retention_is_told_so(real: Influxd, bucket: str) -> None:
    steps(real.address(bucket))
    found = steps(member(real, bucket, "ALL"), raw=30)
    assert [text.split(" (")[0] for done, text in found if done == "lacks"] == [
        f'ALTER RETENTION POLICY "raw" ON "{bucket}" DURATION 30d REPLICATION 1 SHARD DURATION 1d'
    ]
