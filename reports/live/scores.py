"""Scores of this month so far: what the draft of each contract's statement says (S1-S3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from reports.live.point import LivePoint, point
from reports.statement import statement_document
from sla.contract import Contract
from sla.instant import Ms
from sla.month import month, month_of
from store.agreements import contracts_of
from store.city import City
from store.device_facts import KindPolicy


def contracts_now(city: City, now: Ms) -> list[tuple[Contract, str]]:
    """The contracts that are in force in some of this month so far, each with the month in its zone."""
    found = [(one, month_of(now, one.zone)) for one in contracts_of(city)]
    return [(one, name) for one, name in found if one.start <= now and one.until > month(name, one.zone).start]


def score(
    conn: Connection, city: City, contract: str, name: str, policies: Mapping[str, KindPolicy], now: Ms
) -> list[LivePoint]:
    """The score of one contract's month, and each of its lines."""
    said = statement_document(conn, city, contract, name, policies, now)
    tags = {key: said[key] for key in ("vendor", "vendor_name", "contract", "month")}
    clocks = [one["clock"] for one in said["tickets"] if one["clock"] is not None]
    known = {
        "score": float(said["score"]),
        "deduction": float(sum(Fraction(one["deduction"]) for one in said["lines"])),
        "faults": len(said["tickets"]),
        "late": sum(one["breached"] for one in clocks),
    }
    return [point("score", tags, known, now), *_lines(said, tags, now)]


def _lines(said: Mapping[str, Any], tags: Mapping[str, str], now: Ms) -> Iterator[LivePoint]:
    for one in said["lines"]:
        value = None if one["value"] is None else float(one["value"])
        known = {"value": value, "allowance": float(one["allowance"]), "deduction": float(one["deduction"])}
        yield point("score_line", {**tags, "line": one["id"], "term": one["term"]}, known, now)
