"""Photos of a ticket: checked, made anew, shown (K2: each is a note of the ticket too)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from api.acting import Act, act, may
from api.auth import Asker, Reading, Room, asker
from api.context import Context
from api.instants import rendered
from api.pictures import MAX_BYTES, BadPicture, Picture, checked
from api.posted import form_of, whole
from api.problems import Problem, not_found
from api.words import N_
from store import photos
from store import tickets as rows
from store.database import reading, writing
from store.pages import Scope, ticket_row

router = APIRouter(tags=["tickets"])
FULL: Final = N_("A ticket holds at most 20 photos.")
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"photo": {"type": "string", "format": "binary"}}}
            },
            "image/jpeg": {},
            "image/png": {},
            "image/webp": {},
        },
    }
}


class Photo(BaseModel):
    """A photo: its number, where it is, its size in pixels, when it came and by whom."""

    n: int
    url: str
    width: int
    height: int
    recorded_at: str
    by: str


class Photos(BaseModel):
    """The photos of a ticket, the oldest first."""

    items: list[Photo]


def put(conn: Connection, person: Asker, ticket: str, picture: Picture, now: int) -> tuple[photos.Photo, bool]:
    """Keep a picture as a photo of the ticket, in a writing transaction: the photo, and whether it is new.

    The caller notes a new one on the ticket. Raises `Problem` 404, or 409 where there is no room.
    """
    row = rows.find(conn, ticket)
    if row is None:
        raise not_found()
    rows.lock(conn, ticket)
    image = photos.Image(picture.digest, picture.type, picture.width, picture.height, picture.data)
    try:
        return photos.add(conn, row.n, image, person.name, now)
    except photos.TooMany as error:
        raise Problem(409, FULL) from error


def keep(conn: Connection, room: Context, person: Asker, ticket: str, picture: Picture, now: int) -> photos.Photo:
    """Keep a picture and note it on the ticket; the same one again is the same photo. Raises as `api.acting.act`."""
    photo, new = put(conn, person, ticket, picture, now)
    if new:
        act(conn, room, person, ticket, Act("note", now, {"photo": photo.n}), now)
    return photo


def picture_of(data: bytes) -> Picture:
    """The picture, made anew. Raises `Problem` 413, 422 with the reason."""
    try:
        return checked(data)
    except BadPicture as error:
        raise Problem(413 if len(data) > MAX_BYTES else 422, error.reason) from error


def shown(room: Context, scope: Scope, ticket: str, n: int) -> Response:
    """The photo itself. Raises `Problem` 404, also for those to whom the ticket does not belong."""
    with reading(room.engine) as conn:
        row = ticket_row(conn, scope, ticket)
        found = photos.data_of(conn, row.n, n) if row is not None else None
    if found is None:
        raise not_found()
    headers = {"cache-control": "private, max-age=86400", "content-disposition": "inline"}
    return Response(found[1], media_type=found[0], headers=headers)


def _document(ticket: str, photo: photos.Photo) -> dict[str, Any]:
    return {
        "n": photo.n,
        "url": f"/api/v1/tickets/{ticket}/photos/{photo.n}",
        "width": photo.width,
        "height": photo.height,
        "recorded_at": rendered(photo.recorded_at),
        "by": photo.by,
    }


async def _sent(request: Request) -> bytes:
    """The image: the body itself, or the field `photo` of a form."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return (await form_of(request)).files.get("photo", b"")
    return await whole(request)


def _may(id: str, room: Room, scope: Reading, person: Annotated[Asker, Depends(asker)]) -> Asker:
    """Who sees the ticket and may add to it, before a large body is read at all."""
    with reading(room.engine) as conn:
        if ticket_row(conn, scope, id) is None:
            raise not_found()
    if not may(person, "note"):
        raise Problem(403, "This role only reads.")
    return person


@router.post("/tickets/{id}/photos", status_code=201, response_model=Photo, openapi_extra=_BODY)
def add_photo(
    id: str, room: Room, person: Annotated[Asker, Depends(_may)], data: Annotated[bytes, Depends(_sent)]
) -> dict[str, Any]:
    """Add a photo: JPEG, PNG or WebP of at most 10 MB, as the body or as the field `photo` of a form."""
    picture = picture_of(data)
    with writing(room.engine) as conn:
        return _document(id, keep(conn, room, person, id, picture, room.now()))


@router.get("/tickets/{id}/photos", response_model=Photos)
def list_photos(id: str, room: Room, scope: Reading) -> dict[str, Any]:
    """The photos of a ticket."""
    with reading(room.engine) as conn:
        row = ticket_row(conn, scope, id)
        if row is None:
            raise not_found()
        return {"items": [_document(id, one) for one in photos.of_ticket(conn, row.n)]}


@router.get("/tickets/{id}/photos/{n}", response_class=Response)
def one_photo(id: str, n: int, room: Room, scope: Reading) -> Response:
    """A photo: a JPEG of at most 2,000 pixels a side, without metadata."""
    return shown(room, scope, id, n)
