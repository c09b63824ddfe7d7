"""Where the metrics server is: one clear message for everything that cannot be meant, and no secret in any of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.fault import StoreError
from store.influx.address import Address


def test_a_url_names_host_port_organisation_and_database() -> None:
    one = Address.of("influxdbs://influx.intern:9999/path?org=操作员&bucket=metrics", token="t0ken", ca=Path("/ca.pem"))
    assert (one.base, one.org, one.database) == ("https://influx.intern:9999/path", "操作员", "metrics")
    assert "t0ken" not in repr(one)


def test_what_is_not_said_is_usual() -> None:
    one = Address.of("influxdb://[::1]")
    assert (one.base, one.org, one.database, one.token) == ("http://[::1]:8086", "", "hallwatch", None)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://h:8086", "not influxdb://HOST"),
        ("influxdb://", "not influxdb://HOST"),
        ("influxdb://h:99999", "not an address"),
        ("influxdb://[::1", "not an address"),
        ("influxdb://root:s3cret@h", "metrics.token, or metrics.username"),
        ("influxdb://h?bukcet=x", "there is no bukcet in it; known: bucket"),
        ("influxdb://h?rp=x", "known: org and bucket"),
        ("influxdb://h?bucket=a/b", "letters, digits"),
        ("influxdb://h?bucket=a%0Ab", "letters, digits"),
    ],
)
def test_what_cannot_be_meant_is_said_with_what_can(url: str, words: str) -> None:
    with pytest.raises(StoreError) as caught:
        Address.of(url)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("credentials", "place"),
    [
        ({"token": "t", "username": "u", "password": "p"}, "metrics.token"),
        ({"username": "u"}, "metrics.username"),
        ({"token": ""}, "metrics.token"),
        ({"token": "two\nlines"}, "metrics.token"),
    ],
)
def test_credentials_that_cannot_be_are_told_apart(credentials: dict[str, str], place: str) -> None:
    with pytest.raises(StoreError) as caught:
        Address.of("influxdb://h", **credentials)  # type: ignore[arg-type]
    assert caught.value.where == place
    assert "two" not in str(caught.value)
