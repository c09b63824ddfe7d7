"""The sample settings are such that `hallwatch check` takes them, and say what the docs say of them."""

from __future__ import annotations

import pytest

from hallwatch.settings_file import load
from tests.deploy.broker import DEPLOY


@pytest.mark.parametrize("name", ["centre", "gateway"])
def test_a_sample_has_no_fault(name: str) -> None:
    load(DEPLOY / f"{name}.example.toml")


def test_a_gateway_is_the_same_at_the_broker_and_at_the_centre() -> None:
    settings = load(DEPLOY / "gateway.example.toml").settings
    assert settings.mqtt.username == settings.collector.id


@pytest.mark.parametrize("name", ["centre", "gateway"])
def test_no_sample_has_a_secret(name: str) -> None:
    settings = load(DEPLOY / f"{name}.example.toml").settings
    for secret in (
        settings.mqtt.password,
        settings.collector.token,
        settings.metrics.token,
        settings.database.password,
    ):
        assert secret is None or secret.get_secret_value().startswith("file:")


def test_what_the_centre_writes_is_in_its_state_directory() -> None:
    settings = load(DEPLOY / "centre.example.toml").settings
    assert settings.metrics.queue.is_relative_to("/var/lib/hallwatch")
    gateway = load(DEPLOY / "gateway.example.toml").settings.collector
    assert all(one.is_relative_to("/var/lib/hallwatch") for one in (gateway.outbox, gateway.cache))
