"""All dashboards, one a line: from which store its outages and tickets come, and the address of the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dashboards.city import city
from dashboards.dashboard import Dashboard
from dashboards.device import device
from dashboards.hall import hall
from dashboards.itself import itself
from dashboards.network import network
from dashboards.supplies import supplies
from dashboards.target import Store
from dashboards.vendors import vendors

DASHBOARDS: Final[tuple[Callable[[Store, str], Dashboard], ...]] = (
    city,
    hall,
    device,
    vendors,
    network,
    supplies,
    itself,
)  # fmt: skip
