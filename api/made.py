"""Reports that were made by the calendar, and their files: what was sent, as it was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from api.auth import Asker, Room, asker
from api.forms import download
from api.problems import Problem, not_found
from sla.instant import render
from store import report_runs
from store.database import reading
from store.report_runs import Kept, Run

router = APIRouter(tags=["reports"])
MOST = 500


class MadeFile(BaseModel):
    """A file of a report; `size` in bytes, `url` beneath this site."""

    n: int
    name: str
    type: str
    size: int
    url: str


class MadeReport(BaseModel):
    """A report that was made: of what, for whom, when it was due; `late`: more than an hour after that.

    `state` of a statement is draft unless it had been published by then; `to` is told to staff only.
    """

    report: str
    month: str
    title: str
    branch: str | None
    vendor: str | None
    contract: str | None
    state: str | None
    due_at: str
    made_at: str
    late: bool
    to: list[str]
    files: list[MadeFile]


class MadeReports(BaseModel):
    """The newest, the last due first."""

    items: list[MadeReport]


def vendor_of(found: Annotated[Asker, Depends(asker)]) -> str | None:
    """The vendor whose statements alone are shown, None for staff. Raises `Problem` 403 for others."""
    if found.kind in ("admin", "operator", "viewer"):
        return None
    if found.kind == "vendor" and found.of:
        return found.of
    raise Problem(403, "This takes the role admin, operator, viewer, or a vendor's.")


Vendor = Annotated[str | None, Depends(vendor_of)]


@router.get("/reports/made", response_model=MadeReports)
def list_made(room: Room, vendor: Vendor, limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> dict[str, Any]:
    """What was made by the calendar; a vendor sees its own statements only."""
    with reading(room.engine) as conn:
        return {"items": [made(*one, staff=vendor is None) for one in report_runs.listed(conn, vendor, limit)]}


@router.get("/reports/made/{n}/{name}", response_class=Response)
def made_file(
    room: Room,
    vendor: Vendor,
    n: Annotated[int, Path(ge=0, le=1 << 62)],
    name: Annotated[str, Path(max_length=256)],
) -> Response:
    """One file of a report, as it was made. 404 for what a vendor may not see."""
    with reading(room.engine) as conn:
        found = report_runs.file(conn, n, name)
    if found is None or vendor not in (None, found[0].detail.get("vendor")):
        raise not_found()
    return download(found[1].data, found[1].type, found[1].name)


def made(run: Run, files: Sequence[Kept], *, staff: bool) -> dict[str, Any]:
    """A made report as JSON; `staff` may know whom it went to."""
    names = ("report", "month", "title", "branch", "vendor", "contract", "state", "late")
    return {
        **{name: run.detail.get(name) for name in names},
        "due_at": render(run.due_at),
        "made_at": render(run.made_at),
        "to": list(run.detail.get("to", ())) if staff else [],
        "files": [one._asdict() | {"url": address(one)} for one in files],
    }


def address(file: Kept) -> str:
    """Where a file is had from."""
    return f"/api/v1/reports/made/{file.n}/{quote(file.name, safe='')}"
