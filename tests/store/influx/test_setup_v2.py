"""Setting a 2.x up, where the environment names one: buckets, mappings, and the rights of every kind of token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from store.fault import StoreError
from store.influx.address import Address
from store.influx.fault import Denied, Rejected
from store.influx.server import connect
from store.influx.setup import setup
from tests.store.subjects import HAS_2, NOW, VARIABLES, address_of_2, clean

pytestmark = [pytest.mark.server, pytest.mark.skipif(not HAS_2, reason=f"wants {', '.join(VARIABLES)}")]
DAY = 86_400_000


@pytest.fixture
def address() -> Iterator[Address]:
    made = address_of_2()
    yield made
    clean(made)


@pytest.fixture
def tokens(address: Address) -> Iterator[Any]:
    """Makes tokens of the rights given as (action, type, id); they are gone afterwards."""
    made: list[str] = []
    with connect(address) as server:
        org = server.wire.document(server.wire.call("GET", "/api/v2/orgs", {"org": address.org}))["orgs"][0]["id"]

        def token(*rights: tuple[str, str, str | None]) -> str:
            permissions = []
            for action, kind, id in rights:
                whole: dict[str, str] = {"id": org} if kind == "orgs" else {"orgID": org}
                permissions.append({"action": action, "resource": {"type": kind} | whole | ({"id": id} if id else {})})
            document = {"orgID": org, "permissions": permissions}
            told = server.wire.document(server.wire.call("POST", "/api/v2/authorizations", document=document))
            made.append(told["id"])
            return str(told["token"])

        yield token
        for one in made:
            server.wire.call("DELETE", f"/api/v2/authorizations/{one}")


def steps(address: Address, raw: int = 90, hourly: int = 1826, dry_run: bool = False) -> list[tuple[str, str]]:
    with connect(address) as server:
        made = setup(server, raw, hourly, dry_run=dry_run)
        return [(step.done + ("?" if step.dry else ""), step.told(str)) for step in made]


def buckets(address: Address) -> list[str]:
    with connect(address) as server:
        query = [{"name": f"{address.database}/{policy}"} for policy in ("raw", "hourly")]
        found = [server.wire.document(server.wire.call("GET", "/api/v2/buckets", one))["buckets"] for one in query]
        return [one[0]["id"] for one in found]


def with_token(address: Address, token: str) -> Address:
    url = f"influxdb{'s' if address.tls else ''}://{address.host}:{address.port}?org={address.org}"
    return Address.of(f"{url}&bucket={address.database}", token=token)


def test_buckets_and_the_default_mapping_are_made_once(address: Address) -> None:
    assert [done for done, _ in steps(address, dry_run=True)] == ["made?"] * 2
    assert [done for done, _ in steps(address)] == ["made", "made", "changed", "kept"]
    assert {done for done, _ in steps(address)} == {"kept"}
    assert {done for done, _ in steps(address, 30, 400)} == {"kept", "changed"}
    assert {done for done, _ in steps(address, 30, 400)} == {"kept"}
    with connect(address) as server:
        server.write("raw", [f"device,device=P x=1 {NOW}"])
        assert server.ask('SELECT "x" FROM "device"')[0].rows == [[NOW, 1]]


@pytest.mark.parametrize(
    ("actions", "lacking"), [(("read", "write"), []), (("read",), ["write"]), (("write",), ["read", "see"])]
)
def test_every_right_of_an_everyday_token_that_is_missing_is_named(
    address: Address, tokens: Any, actions: tuple[str, ...], lacking: list[str]
) -> None:
    steps(address)
    token = tokens(*((action, "buckets", id) for id in buckets(address) for action in actions))
    found = steps(with_token(address, token))
    assert sorted({text.split()[0] for done, text in found if done == "lacks"}) == lacking
    assert token not in str(found)


def test_a_token_that_may_not_make_buckets_is_told_so(address: Address, tokens: Any) -> None:
    found = steps(with_token(address, tokens(("read", "orgs", None), ("read", "buckets", None))))
    assert [text.split(" (")[0] for _, text in found] == [f"make and change buckets of organisation {address.org}"] * 2


def test_a_wrong_token_and_a_wrong_organisation_are_told_apart(address: Address) -> None:
    with pytest.raises(Denied):
        steps(with_token(address, "no-such-token"))
    other = Address.of(f"influxdb://{address.host}:{address.port}?org=nobody", token=address.token)
    with pytest.raises(StoreError, match=f"one of: .*{address.org}"):
        steps(other)


def test_what_a_2_rejects_and_what_it_lets_wait(address: Address) -> None:
    steps(address)
    with connect(address) as server:
        server.write("raw", [f"device,device=P x=1 {NOW}"])
        for lines, partial in (
            ([f'device,device=P x="text" {NOW}', f"device,device=P y=1 {NOW}"], True),
            ([f"device,device=P x=1 {NOW - 100 * DAY}"], True),
            (["device,device=P x=1 99999999999999999999"], False),
        ):
            with pytest.raises(Rejected) as caught:
                server.write("raw", lines)
            assert caught.value.partial == partial
        assert server.ask('SELECT "y" FROM "raw"."device"')[0].rows == [[NOW, 1]]
