"""The inventory in the database: what the newest import says, every imported file kept (O9)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, select, update

from store import changes
from store.city import (
    Branch,
    CalendarRow,
    City,
    ContractRow,
    Device,
    Document,
    Hall,
    Vendor,
    ancestors,
    city_of,
    parent_of,
)
from store.difference import Difference, difference, without_secrets
from store.schema import branches, calendars, contracts, devices, halls, imports, vendors
from store.upsert import insert_or_replace

__all__ = [
    "Branch", "CalendarRow", "City", "ContractRow", "Device", "Difference", "Hall", "Vendor",
    "ancestors", "apply", "city_of", "collector_part", "difference", "digest_of", "imported", "load", "numbers",
    "parent_of", "target_of", "without_secrets",
]  # fmt: skip

_Noun = TypeVar("_Noun", CalendarRow, Branch, Vendor, ContractRow, Hall, Device)


def load(conn: Connection) -> City:
    """The whole inventory as rows, gone halls and devices too."""

    return City(
        calendars={one.id: one for one in _rows(conn, calendars, CalendarRow)},
        branches={one.id: one for one in _rows(conn, branches, Branch)},
        vendors={one.id: replace(one, notify=tuple(one.notify)) for one in _rows(conn, vendors, Vendor)},
        contracts={one.id: one for one in _rows(conn, contracts, ContractRow)},
        halls={one.id: one for one in _rows(conn, halls, Hall)},
        devices={one.id: one for one in _rows(conn, devices, Device)},
    )


def _rows(conn: Connection, table: Table, noun: type[_Noun]) -> list[_Noun]:
    """A whole table by id, whose columns have the names of the noun's fields."""
    named = [table.c[one.name] for one in fields(noun)]
    return [noun(*row) for row in conn.execute(select(*named).order_by(table.c.id)).all()]


def numbers(conn: Connection) -> dict[str, int]:
    """Each device's row number by its id, gone ones too."""
    return {row.id: row.n for row in conn.execute(select(devices.c.id, devices.c.n))}


def imported(conn: Connection) -> str | None:
    """The digest of the newest import, none before the first."""
    return conn.scalar(select(imports.c.digest).order_by(imports.c.id.desc()).limit(1))


def digest_of(document: Document) -> str:
    """The SHA-256 of a document, whatever the order of its keys."""
    return hashlib.sha256(_canonical(document).encode()).hexdigest()


def apply(conn: Connection, document: Document, at: int, by: str, first_collector: str = "c-01") -> City:
    """Make the inventory what the document (see `city_of`) says; the caller's transaction makes it all or nothing.

    Devices and halls that it does not name are gone since `at` (ms); their facts stay, and they may come back.
    Answers the inventory as it is now.
    """
    new = city_of(document, first_collector)
    digest = digest_of(document)
    row = {"at": at, "by": by, "digest": digest, "document": _canonical(document)}
    conn.execute(imports.insert(), row)
    _put(conn, calendars, [asdict(row) for row in new.calendars.values()])
    _put(conn, branches, [asdict(row) for row in new.branches.values()])
    _put(conn, vendors, [{**asdict(row), "notify": list(row.notify)} for row in new.vendors.values()])
    _put(conn, contracts, [asdict(row) for row in new.contracts.values()])
    _put(conn, halls, [asdict(row) for row in new.halls.values()])
    _put(conn, devices, [_without_number(row) for row in new.devices.values()])
    _mark_gone(conn, devices, new.devices, at)
    _mark_gone(conn, halls, new.halls, at)
    _forget(conn, new)
    changes.add(conn, at, "inventory", digest[:12], None, {"devices": len(new.devices), "halls": len(new.halls)})
    return load(conn)


def collector_part(conn: Connection, collector: str) -> dict[str, Any]:
    """What one collector polls; `version` is the digest of the rest, for an ETag. Secrets stay references.

    `references`: where its halls' gateways are that another collector polls: they tell it whether it is cut off (O2).
    """
    city = load(conn)
    present = [row for row in city.devices.values() if row.gone_at is None]
    mine = [row for row in present if row.collector == collector]
    gateways = {gateway.id: gateway for row in mine if (gateway := _gateway(city, row))}
    part: dict[str, Any] = {"devices": [target_of(city, row) for row in mine], "gateways": sorted(gateways)}
    part["references"] = sorted({one.address for one in gateways.values() if one.collector != collector})
    return {"collector": collector, "version": digest_of(part), **part}


def target_of(city: City, device: Device) -> dict[str, Any]:
    """One device as its collector is told of it; secrets stay references."""
    return {
        "id": device.id,
        "kind": device.kind,
        "model": device.model,
        "hall": device.hall,
        "address": device.address,
        "interval_s": device.interval_s,
        "parent": parent_of(device, city.halls.get(device.hall)),
        "serial": device.serial,
        "snmp": device.document.get("snmp"),
        "checks": device.document.get("checks"),
        "processes": device.document.get("processes"),
    }


def _gateway(city: City, device: Device) -> Device | None:
    hall = city.halls.get(device.hall)
    gateway = city.devices.get(hall.gateway) if hall and hall.gateway else None
    return gateway if gateway is not None and gateway.gone_at is None else None


def _canonical(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _without_number(device: Device) -> dict[str, Any]:
    row = asdict(device)
    del row["n"]
    return row


def _put(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(insert_or_replace(conn, table, "id"), rows)


def _mark_gone(conn: Connection, table: Table, present: Iterable[str], at: int) -> None:
    """Those whose rows the import did not touch; it set `gone_at` of the others to none."""
    rows = conn.scalars(select(table.c.id).where(table.c.gone_at.is_(None)))
    for gone in sorted(set(rows) - set(present)):
        conn.execute(update(table).where(table.c.id == gone).values(gone_at=at))


def _forget(conn: Connection, new: City) -> None:
    """Remove what the file no longer names and nothing refers to; `imports` still has it."""
    _remove(conn, contracts, new.contracts, [])
    _remove(conn, vendors, new.vendors, [contracts.c.vendor, devices.c.vendor])
    _remove(conn, branches, new.branches, [halls.c.branch])
    _remove(conn, calendars, new.calendars, [halls.c.calendar])


def _remove(conn: Connection, table: Table, present: Iterable[str], references: list[Any]) -> None:
    kept = set(present)
    for column in references:
        kept.update(conn.scalars(select(column).where(column.is_not(None)).distinct()))
    for gone in sorted(set(conn.scalars(select(table.c.id))) - kept):
        conn.execute(table.delete().where(table.c.id == gone))
