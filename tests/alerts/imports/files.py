"""Files of the operator's own ticket system, and taking them in at a small site."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from alerts.imports.bringing import Result, bring, read_table
from alerts.imports.fault import Faults
from alerts.imports.mapping import Mapping as ColumnMapping
from alerts.imports.mapping import read_mapping
from alerts.imports.outcome import Manner
from sla.instant import parse
from store import tickets as rows
from store.database import reading
from store.tickets import Event, Ticket
from tests.alerts.site import Site

NOW = parse("2026-11-03T00:00:00Z")
HEADINGS = {
    "external_id": "工单号",
    "device": "资产编号",
    "serial": "序列号",
    "hall": "营业厅",
    "kind": "类型",
    "opened": "报障时间",
    "acknowledged": "接单时间",
    "dispatched": "派单时间",
    "arrived": "到场时间",
    "restored": "恢复时间",
    "cancelled": "作废",
    "reason": "作废原因",
    "source": "来源",
    "symptom": "现象",
    "cause": "原因",
    "how": "处理方式",
    "complaint": "投诉",
}
MAPPING = """
system = "oa"
[columns]
{columns}
[values.source]
"电话" = "phone"
"巡检" = "patrol"
"投诉" = "complaint"
[values.how]
"修复" = "repaired"
"换备机" = "replaced_by_spare"
[values.cancelled]
"是" = "yes"
"否" = "no"
""".format(columns="\n".join(f'{name} = "{heading}"' for name, heading in HEADINGS.items()))


def mapping(text: str = MAPPING) -> ColumnMapping:
    return read_mapping(text, "mapping.toml")


def row(id: str = "OA-1", **said: Any) -> dict[str, Any]:
    """One row by our names; a morning's fault of P-1."""
    return {"external_id": id, "device": "P-1", "opened": "2026-11-02 10:00", "symptom": "不出纸", **said}


def csv_of(*lines: Mapping[str, Any], delimiter: str = ",", coding: str = "utf-8") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(HEADINGS.values())
    writer.writerows([line.get(name, "") for name in HEADINGS] for line in lines)
    return out.getvalue().encode(coding)


def xlsx_of(*lines: Mapping[str, Any], headings: Sequence[str] = tuple(HEADINGS.values())) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(headings))
    for line in lines:
        sheet.append([line.get(name) for name in HEADINGS])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bring_in(site: Site, data: bytes, text: str = MAPPING, now: int = NOW, **given: Any) -> Result:
    """Take a file in."""
    meant = mapping(text)
    manner = Manner(meant.system, "desk", **given)
    return bring(site.engine, lambda: read_table(data, "a.csv", meant.file), meant, manner, "Asia/Shanghai", now)


def take(site: Site, *lines: Mapping[str, Any], **given: Any) -> Result:
    return bring_in(site, csv_of(*lines), **given)


def counts(result: Result) -> dict[str, int]:
    return {name: n for name, n in result.outcome.counts.items() if n}


def told(result: Result | Faults) -> list[tuple[int, str, str]]:
    """Every fault: row, column, reason."""
    faults = result.faults if isinstance(result, Result) else result
    return [(one.row, one.column, one.told()) for one in faults.listed()]


def events(site: Site, ticket: Ticket | None = None) -> list[Event]:
    with reading(site.engine) as conn:
        return rows.events(conn, (ticket or site.ticket()).n)


def life(site: Site, ticket: Ticket | None = None) -> list[tuple[str, str]]:
    """The events of a ticket with the time of day in Shanghai."""
    return [(one.event, clock(one.at)) for one in events(site, ticket)]


def clock(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, ZoneInfo("Asia/Shanghai")).strftime("%H:%M")


def at(hour: str, day: str = "2026-11-02") -> int:
    return parse(f"{day}T{hour}:00+08:00")
