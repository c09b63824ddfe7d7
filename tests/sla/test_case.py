"""K1, K3: the reports of a fault."""

from __future__ import annotations

import pytest

from sla.case import Report, reports
from sla.ticket import Happening
from tests.sla.lives import case


@pytest.mark.parametrize(
    ("event", "detail", "told"),
    [
        ("opened", {"source": "phone"}, [Report("phone", 60_000)]),
        ("opened", {"source": "detected"}, [Report("detected", 60_000)]),
        ("opened", {}, []),
        ("opened", {"source": "phone", "reported_at": 50_000}, [Report("phone", 50_000)]),
        ("reopened", {"source": "patrol"}, [Report("patrol", 60_000)]),
        ("reopened", {}, []),
        ("note", {"source": "vendor", "reported": True}, [Report("vendor", 60_000)]),
        ("note", {"source": "vendor", "reported": True, "reported_at": 0}, [Report("vendor", 0)]),
        ("note", {"source": "vendor"}, []),
        ("note", {"reported": True}, []),
        ("restored", {"source": "vendor"}, []),
    ],
)
def test_K1_K3_a_report_opens_joins_or_reopens_with_its_source_and_its_true_time(
    event: str, detail: dict[str, object], told: list[Report]
) -> None:
    assert reports(case(Happening(event, 60_000, "hall", detail))) == told


def test_K1_reports_are_in_order_of_their_true_time_then_of_their_source() -> None:
    ticket = case(
        Happening("opened", 3, "s", {"source": "detected"}),
        Happening("note", 4, "s", {"source": "vendor", "reported": True, "reported_at": 2}),
        Happening("note", 5, "s", {"source": "phone", "reported": True, "reported_at": 2}),
        Happening("note", 6, "s", {"source": "patrol", "reported": True, "reported_at": 1}),
    )
    assert reports(ticket) == [
        Report("patrol", 1),
        Report("phone", 2),
        Report("vendor", 2),
        Report("detected", 3),
    ]
