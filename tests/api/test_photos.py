"""Photos of tickets over HTTP: what is kept is made anew, once, for those whose ticket it is."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from store.database import reading
from store.photos import MOST
from store.tickets import events, known
from tests.api.conftest import Served
from tests.api.pictures import SVG, TAIL, bomb, by_a_telephone, image, written
from tests.api.worked import OTHERS, opened

pytestmark = pytest.mark.slow

JPEG = {"content-type": "image/jpeg"}


@pytest.fixture
def mine(worked: Served) -> str:
    """A ticket of one's own."""
    return opened(worked, "PR-0102")


def path(ticket: str) -> str:
    """Where its photos are."""
    return f"/api/v1/tickets/{ticket}/photos"


def send(city: Served, ticket: str, data: bytes, role: str = "vendor:v-1") -> Any:
    """The body as it is; the answer."""
    return city.as_(role).post(path(ticket), content=data, headers=JPEG)


def noted(city: Served, ticket: str) -> list[Any]:
    """The numbers of photos in the ticket's notes."""
    with reading(city.engine) as conn:
        return [one.detail["photo"] for one in events(conn, known(conn, ticket).n) if "photo" in one.detail]


def test_a_photo_loses_place_and_camera_and_is_noted_on_the_ticket(worked: Served, mine: str) -> None:
    answer = send(worked, mine, by_a_telephone())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["width"], made["height"], noted(worked, mine)) == (40, 60, [made["n"]])
    got = worked.as_("vendor:v-1").get(made["url"])
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["x-content-type-options"] == "nosniff"
    shown = Image.open(io.BytesIO(got.content))
    assert not shown.getexif()
    for word in (b"Exif", b"CameraM", b"seen at home"):
        assert word not in got.content


def test_the_page_takes_a_photo_too_and_shows_it(worked: Served, mine: str) -> None:
    client = worked.as_("vendor:v-1", cookies={"hallwatch_language": "en"})
    files = {"photo": ("印章.jpg", by_a_telephone(), "image/jpeg")}
    answer = client.post(f"/tickets/{mine}/photos", files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tickets/{mine}")
    (n,) = noted(worked, mine)
    assert f'src="/tickets/{mine}/photos/{n}"' in client.get(f"/tickets/{mine}").text
    assert client.get(f"/tickets/{mine}/photos/{n}").headers["content-type"] == "image/jpeg"


def test_a_note_and_its_photo_are_one_event(worked: Served, mine: str) -> None:
    files = {"photo": ("a.webp", written(image(), "WEBP"), "image/webp")}
    form = {"event": "note", "note": "before"}
    assert worked.as_("vendor:v-1").post(f"/tickets/{mine}/act", data=form, files=files).status_code == 303
    with reading(worked.engine) as conn:
        last = max(events(conn, known(conn, mine).n), key=lambda one: one.entry)
    assert (last.event, last.detail["note"], isinstance(last.detail["photo"], int)) == ("note", "before", True)


def test_the_same_photo_again_is_the_same(worked: Served, mine: str) -> None:
    first, second = (send(worked, mine, by_a_telephone()).json() for _ in range(2))
    assert first == second
    assert noted(worked, mine) == [first["n"]]
    assert [one["n"] for one in worked.as_("vendor:v-1").get(path(mine)).json()["items"]] == [first["n"]]


def test_a_ticket_holds_twenty(worked: Served, mine: str) -> None:
    for width in range(20, 20 + MOST):
        assert send(worked, mine, written(image(width, 10), "PNG")).status_code == 201
    answer = send(worked, mine, written(image(90, 10), "PNG"))
    assert (answer.status_code, answer.json()["detail"]) == (409, "A ticket holds at most 20 photos.")
    assert send(worked, mine, written(image(20, 10), "PNG")).status_code == 201
    assert len(noted(worked, mine)) == MOST


@pytest.mark.parametrize(
    ("data", "status"),
    [(SVG, 422), (bomb(), 422), (written(image(300, 300))[:-400], 422), (b"", 422), (b"\xff" * 10_000_001, 413)],
    ids=["svg", "bomb", "cut", "empty", "heavy"],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(
    worked: Served, mine: str, data: bytes, status: int
) -> None:
    assert send(worked, mine, data).status_code == status
    client = worked.as_("vendor:v-1", cookies={"hallwatch_language": "en"})
    form = client.post(
        f"/tickets/{mine}/act", data={"event": "note", "note": "kept"}, files={"photo": ("a.jpg", data, "image/jpeg")}
    )
    assert form.status_code == (303 if data == b"" else status)
    assert noted(worked, mine) == []


def test_more_than_a_picture_may_be_is_not_even_read(worked: Served, mine: str) -> None:
    answer = send(worked, mine, b"\xff" * 11_000_000)
    assert answer.status_code == 413


def test_a_tail_of_something_else_is_left_behind(worked: Served, mine: str) -> None:
    made = send(worked, mine, by_a_telephone() + TAIL).json()
    assert b"script" not in worked.as_("operator").get(made["url"]).content


def test_photos_are_only_for_those_whose_ticket_it_is(worked: Served, mine: str) -> None:
    made = send(worked, mine, by_a_telephone()).json()
    page = f"/tickets/{mine}/photos/{made['n']}"
    for role, status in (("vendor:v-2", 404), ("viewer", 200), ("hall:h-01", 200), ("vendor:v-1", 200)):
        assert worked.as_(role).get(made["url"]).status_code == status, role
        assert worked.as_(role).get(page).status_code == status, role
    assert worked.as_(None).get(made["url"]).status_code == 401
    assert worked.as_("operator").get(f"/api/v1/tickets/{OTHERS}/photos/{made['n']}").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("vendor:v-2", 404), ("viewer", 403), ("hall:h-01", 201), ("operator", 201)]
)
def test_who_may_note_may_add_a_photo(worked: Served, mine: str, role: str, status: int) -> None:
    assert send(worked, mine, by_a_telephone(), role).status_code == status


def test_a_form_with_a_photo_as_a_field_is_taken_over_json_as_well(worked: Served, mine: str) -> None:
    files = {"photo": ("a.jpg", by_a_telephone(), "image/jpeg")}
    assert worked.as_("vendor:v-1").post(path(mine), files=files).status_code == 201
    assert worked.as_("vendor:v-1").post(path(mine), data={"photo": "text"}, files={"x": b""}).status_code == 422
    broken = {"content-type": "multipart/form-data; boundary=b"}
    assert worked.as_("vendor:v-1").post(path(mine), content=b"nonsense", headers=broken).status_code == 422
