"""Channels, attempts, templates: how people are told, and a test of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from alerts.template import TEXT_LENGTH, TITLE_LENGTH
from api.auth import Operator, Room
from api.bodies import REFUSED, body_of, described, fault
from api.instants import rendered
from api.paging import Cursor, Limit, page, parse
from api.problems import Problem
from api.trial import Tested, begin, wait
from api.ways import Way, ways
from api.wordings import Preview, Wording, preview_of, refusals, template_of, wording
from store import attempts, templates
from store.attempts import Attempt
from store.database import reading, writing
from store.notice_list import Asked, Listed, listed

router = APIRouter(tags=["telling"])
Word = Annotated[str | None, Query(max_length=128)]


class Ways(BaseModel):
    """All channels that are set up."""

    items: list[Way]


class TestBody(BaseModel):
    """Whom to send a test; end points that reach one group need nobody."""

    model_config = ConfigDict(extra="forbid")
    to: str = Field("", max_length=256)


class Try(BaseModel):
    """One attempt; `outcome` is begun, sent, failed, refused, or unknown where its worker died."""

    at: str
    outcome: str
    answer: str


class Notice(BaseModel):
    """One message, whom it was for and what became of it."""

    id: str
    channel: str
    target: str
    title: str
    ticket: str | None
    state: str
    created_at: str
    due_at: str
    sent_at: str | None
    error: str | None
    attempts: list[Try]


class Notices(BaseModel):
    """One answer of the list; `next` is the cursor of the following one."""

    items: list[Notice]
    next: str | None


class TemplateBody(BaseModel):
    """A title and a text with {placeholders}; with an empty text ours counts again."""

    model_config = ConfigDict(extra="forbid")
    subject: str = Field(max_length=TITLE_LENGTH)
    text: str = Field(max_length=TEXT_LENGTH)


@router.get("/channels", response_model=Ways)
def list_channels(room: Room, _by: Operator) -> dict[str, Any]:
    """The channels that are set up, what waits and what was said last; no secrets."""
    with reading(room.engine) as conn:
        return {"items": ways(conn, room)}


@router.post("/channels/{name}/test", response_model=Tested, openapi_extra=described(TestBody))
def try_channel(
    name: str,
    room: Room,
    by: Operator,
    body: Annotated[TestBody, Depends(body_of(TestBody))],
    seconds: Annotated[int, Query(alias="wait", ge=0, le=20, description="How long to wait for the answer, s.")] = 10,
) -> Tested:
    """Send a test message through a channel and say what the other side answered."""
    return wait(room, begin(room, by, name, body.to), seconds)


@router.get("/notices", response_model=Notices)
def list_notices(
    room: Room,
    _by: Operator,
    channel: Word = None,
    state: Word = None,
    ticket: Word = None,
    failed: Annotated[bool, Query(description="Only those of which an attempt failed.")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Messages with their attempts, the newest first."""
    key = parse(cursor, (int,))
    with reading(room.engine) as conn:
        rows = listed(conn, Asked(channel, state, ticket, failed), key[0] if key else None, limit + 1)
        tries = attempts.of_notices(conn, [one.id for one in rows])
    return page(rows, limit, [_notice(one, tries.get(one.id, [])) for one in rows[:limit]], ("id",))


@router.get("/templates/{name}/{language}", response_model=Wording)
def get_template(name: str, language: str, room: Room, _by: Operator) -> Wording:
    """The words of a message: those that count, and ours."""
    with reading(room.engine) as conn:
        return wording(conn, name, language)


@router.put("/templates/{name}/{language}", response_model=Wording, openapi_extra=described(TemplateBody))
def put_template(
    name: str, language: str, room: Room, by: Operator, body: Annotated[TemplateBody, Depends(body_of(TemplateBody))]
) -> Wording:
    """Change the words of a message. Unknown placeholders are refused with the near miss."""
    template_of(name, language)
    if found := refusals(body.subject, body.text):
        raise Problem(422, REFUSED, [fault(place, reason) for place, reason in found])
    with writing(room.engine) as conn:
        templates.put(conn, name, language, body.subject.strip(), body.text.strip(), room.now(), by.name)
        return wording(conn, name, language)


@router.post("/templates/{name}/{language}/preview", response_model=Preview, openapi_extra=described(TemplateBody))
def preview_template(
    name: str, language: str, _by: Operator, body: Annotated[TemplateBody, Depends(body_of(TemplateBody))]
) -> Preview:
    """What a message with these words looks like, in each form, with sample values."""
    template_of(name, language)
    if found := refusals(body.subject, body.text):
        raise Problem(422, REFUSED, [fault(place, reason) for place, reason in found])
    return preview_of(name, language, body.subject, body.text)


def _notice(one: Listed, tries: list[Attempt]) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in ("channel", "target", "title", "ticket", "state", "error")},
        **{name: rendered(getattr(one, name)) for name in ("created_at", "due_at", "sent_at")},
        "id": str(one.id),
        "attempts": [{"at": rendered(tried.at), "outcome": tried.outcome, "answer": tried.answer} for tried in tries],
    }
