"""The metrics server that the settings name."""

from __future__ import annotations

from hallwatch.secret import reveal
from hallwatch.settings_file import Loaded
from store.influx.address import Address


def address_of(loaded: Loaded) -> Address:
    """Where it is and who we are there, secrets revealed. Raises `NoSecret`, `StoreError`."""
    metrics = loaded.settings.metrics
    return Address.of(
        metrics.url,
        token=reveal(metrics.token, "metrics.token"),
        username=metrics.username,
        password=reveal(metrics.password, "metrics.password"),
        ca=loaded.path(metrics.ca) if metrics.ca else None,
    )
