"""A statement's life over HTTP: who may do what, what is answered, and what is refused and why (S5, S6)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from api.attachments import MAX_BYTES, MOST, BadFile, checked, harmless
from api.problems import ALTERED
from store import inventory
from store.database import writing
from store.tokens import create
from tests.api.billed import at, billing, built, document
from tests.api.conftest import NOW, Served
from tests.reports.stated import NOVEMBER

pytestmark = pytest.mark.slow
ONE = "/api/v1/vendors/v-1/statements/2026-10"
SEPTEMBER = "/api/v1/vendors/v-1/statements/2026-09"
CLOSED = at("2026-11-30 09:00")


def png() -> bytes:
    raw = io.BytesIO()
    Image.new("RGB", (2, 2), "red").save(raw, "PNG")
    return raw.getvalue()


def workbook(*more: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as packed:
        for name in ("[Content_Types].xml", "xl/workbook.xml", *more):
            packed.writestr(name, "<x/>")
    return raw.getvalue()


PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@dataclass
class City:
    """The billed city with a clock that can be put forward."""

    served: Served
    clock: list[int]
    tokens: dict[str, str] = field(default_factory=dict)

    def as_(self, who: str, method: str, path: str, **given: Any) -> httpx2.Response:
        return self.served.as_(who).request(method, path, **given)

    def post(self, who: str, path: str, **given: Any) -> httpx2.Response:
        return self.as_(who, "POST", path, **given)

    def second(self) -> httpx2.Client:
        """Another operator."""
        with writing(self.served.engine) as conn:
            token = create(conn, "second", "operator", NOW)
        return self.served.as_(None, headers={"authorization": f"Bearer {token}"})

    def published(self) -> dict[str, Any]:
        return self.good(self.post("operator", f"{ONE}/publish"))

    def disputed(self, line: str = "T1", **given: Any) -> int:
        found = self.good(self.post("vendor:v-1", f"{ONE}/disputes", json={"line": line, "reason": "no"} | given), 201)
        return int(found["disputes"][-1]["n"])

    def heard(self) -> None:
        """All collectors are up to date."""
        from store import heard

        with writing(self.served.engine) as conn:
            for id in ("c-01", "c-02"):
                said = {"backlog": 0, "oldest": 1, "next": 1}
                heard.put(conn, heard.Collector(id, "e", True, self.clock[0], 0, said))

    @staticmethod
    def good(answer: httpx2.Response, status: int = 200) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("publishing"))


@pytest.fixture
def city(file: Path, tmp_path: Path) -> Iterator[City]:
    clock = [NOVEMBER]
    with billing(file, tmp_path, now=lambda: clock[0]) as served:
        yield City(served, clock)


def test_s6_published_over_http_and_again_the_same(city: City) -> None:
    first = city.published()
    assert (first["state"], first["published_at"]) == ("published", "2026-11-02T01:00:00.000Z")
    assert first["dispute_until"] == "2026-11-09T16:00:00.000Z"
    assert city.published() == first
    got = city.as_("vendor:v-1", "GET", ONE).json()
    assert got == first


def test_s5_the_whole_life_of_a_statement(city: City) -> None:
    before = city.published()
    n = city.disputed(max(before["lines"], key=lambda one: float(one["deduction"]))["id"])
    back = {"accepted": True, "points": "1.00", "reason": "half of it"}
    told = city.good(city.post("operator", f"{ONE}/disputes/{n}/answer", json=back))
    assert told["disputes"][0]["state"] == "awaiting"
    assert city.post("operator", f"{ONE}/disputes/{n}/approve").status_code == 409
    told = city.good(city.second().post(f"{ONE}/disputes/{n}/approve"))
    assert (told["state"], told["counter_entries"][0]["points"]) == ("answered", "1.00")
    assert float(told["score"]) == float(before["score"]) + 1
    city.clock[0] = CLOSED
    refused = city.post("operator", f"{ONE}/seal")
    assert refused.status_code == 409
    found = {one["code"]: one for one in refused.json()["errors"]}
    assert found["earlier_month"]["reason"].startswith("2026-09 of contract c-1 is not sealed yet")
    listed = city.good(city.as_("admin", "GET", f"{ONE}/obstacles"))["items"]
    assert {one["code"] for one in listed} == set(found)
    city.heard()
    city.good(city.post("operator", f"{SEPTEMBER}/publish"))
    city.clock[0] += 30 * 86_400_000
    city.heard()
    city.good(city.post("operator", f"{SEPTEMBER}/seal"))
    sealed = city.good(city.post("operator", f"{ONE}/seal", json={"overrides": []}))
    assert (sealed["state"], sealed["seal"]["n"]) == ("sealed", 2)
    assert sealed["head"] == f"2:{sealed['seal']['hash']}"
    assert city.good(city.post("operator", f"{ONE}/seal")) == sealed
    assert city.good(city.post("operator", "/api/v1/contracts/c-1/amendments")) == {"items": []}


def test_s6_overrides_name_obstacles_that_may_be_passed_over(city: City) -> None:
    wrong = city.post("operator", f"{ONE}/seal", json={"overrides": [{"code": "window_open", "reason": "hurry"}]})
    assert wrong.status_code == 422
    assert "window_open: cannot be passed over" in wrong.text
    empty = city.post("operator", f"{ONE}/seal", json={"overrides": [{"code": "dispute_open", "reason": " "}]})
    assert empty.status_code == 422


@pytest.mark.parametrize("path", ["/publish", "/seal", "/disputes", "/obstacles"])
def test_s5_who_may_not(city: City, path: str) -> None:
    method = "GET" if path == "/obstacles" else "POST"
    body: dict[str, Any] = {"json": {"line": "T1", "reason": "x"}} if path == "/disputes" else {}
    for who in ("viewer", "operator" if path == "/disputes" else "vendor:v-1"):
        assert city.as_(who, method, f"{ONE}{path}", **body).status_code == 403
    for who in ("vendor:v-2", "hall:h-01"):
        assert city.as_(who, method, f"{ONE}{path}", **body).status_code == 404
    assert city.as_("collector:c-01", method, f"{ONE}{path}", **body).status_code == 403
    assert city.served.as_(None).request(method, f"{ONE}{path}", **body).status_code == 401


def test_s5_of_a_dispute_who_may_not(city: City) -> None:
    city.published()
    n = city.disputed()
    answer = {"accepted": False, "reason": "no"}
    assert city.post("vendor:v-1", f"{ONE}/disputes/{n}/answer", json=answer).status_code == 403
    assert city.post("vendor:v-1", f"{ONE}/disputes/{n}/approve").status_code == 403
    assert city.post("viewer", f"{ONE}/disputes/{n}/answer", json=answer).status_code == 403
    assert city.post("operator", f"{ONE}/disputes/{n}/withdraw", json={"reason": "x"}).status_code == 403
    assert city.post("vendor:v-2", f"{ONE}/disputes/{n}/withdraw", json={"reason": "x"}).status_code == 404
    assert city.post("operator", f"{SEPTEMBER}/disputes/{n}/answer", json=answer).status_code == 404
    other = ONE.replace("v-1", "v-2")
    assert city.post("operator", f"{other}/disputes/{n}/answer", json=answer).status_code == 404
    assert city.post("operator", f"{ONE}/disputes/{n + 9}/answer", json=answer).status_code == 404
    assert city.post("vendor:v-1", "/api/v1/contracts/c-1/amendments").status_code == 403
    assert city.post("vendor:v-2", "/api/v1/contracts/c-1/amendments").status_code == 404
    assert city.good(city.post("vendor:v-1", f"{ONE}/disputes/{n}/withdraw", json={"reason": "x"}))


def test_s5_what_is_wrong_is_said_with_its_place(city: City) -> None:
    running = city.post("operator", "/api/v1/vendors/v-1/statements/2026-11/publish")
    assert (running.status_code, "not over" in running.json()["detail"]) == (409, True)
    draft = city.post("vendor:v-1", f"{ONE}/disputes", json={"line": "T1", "reason": "x"})
    assert (draft.status_code, draft.json()["detail"]) == (409, "it is not published yet")
    city.published()
    wrong = city.post("vendor:v-1", f"{ONE}/disputes", json={"line": "T99", "reason": "x"})
    assert wrong.json()["errors"][0]["place"] == ["body", "line"]
    none = city.post("vendor:v-1", f"{ONE}/disputes", data={"line": "T1"})
    assert none.json()["errors"] == [{"place": ["body", "reason"], "reason": "Field required"}]
    for bad in ("\x1b[2J", " ", "x" * 513):
        refused = city.post("vendor:v-1", f"{ONE}/disputes", data={"line": "T1", "reason": bad})
        assert (refused.status_code, refused.json()["errors"][0]["place"]) == (422, ["body", "reason"])
    assert city.as_("operator", "GET", f"{ONE}/disputes/{10**30}/files/1").status_code == 422
    n = city.disputed()
    for body, place in (
        ({"accepted": True, "reason": "x"}, "points"),
        ({"accepted": False, "points": "1", "reason": "x"}, "points"),
        ({"accepted": True, "points": "99", "reason": "x"}, "points"),
        ({"accepted": True, "points": "0.001", "reason": "x"}, "points"),
        ({"accepted": True, "points": "1"}, "reason"),
    ):
        answer = city.post("operator", f"{ONE}/disputes/{n}/answer", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["place"][-1]) == (422, place)
    city.clock[0] = CLOSED
    late = city.post("vendor:v-1", f"{ONE}/disputes", json={"line": "T3", "reason": "x"})
    assert (late.status_code, "ended at 2026-11-09T16:00" in late.json()["detail"]) == (409, True)
    assert city.post("operator", ONE.replace("2026-10", "October") + "/publish").status_code == 422


def test_s5_a_dispute_with_files_which_come_back_as_attachments(city: City) -> None:
    city.published()
    files = [
        ("file", ("../../etc/证据 1.pdf", PDF, "text/html")),
        ("file", ("a.png", png(), "image/png")),
        ("file", ("t.csv", b"a,b\n1,2\n", "text/csv")),
    ]
    body = {"line": "T1", "reason": "see the files"}
    sent = city.good(city.post("vendor:v-1", f"{ONE}/disputes", data=body, files=files), 201)
    (one,) = sent["disputes"]
    assert [file["type"] for file in one["files"]] == ["application/pdf", "image/png", "text/csv"]
    got = city.as_("vendor:v-1", "GET", one["files"][0]["url"])
    assert got.content == PDF
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E8%AF%81%E6%8D%AE%201.pdf")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-type"] == "application/pdf"
    assert city.as_("operator", "GET", one["files"][1]["url"]).content == png()
    assert city.as_("vendor:v-2", "GET", one["files"][0]["url"]).status_code == 404
    assert city.as_("hall:h-01", "GET", one["files"][0]["url"]).status_code == 404
    assert city.as_("operator", "GET", f"{ONE}/disputes/{one['n']}/files/999").status_code == 404
    again = city.good(city.post("vendor:v-1", f"{ONE}/disputes", data=body, files=files), 201)
    assert len(again["disputes"]) == 1


def test_s5_files_are_bounded_in_number_size_and_kind(city: City) -> None:
    city.published()
    body = {"line": "T1", "reason": "x"}

    def refused(*files: tuple[str, bytes]) -> int:
        sent = [("file", (name, data)) for name, data in files]
        return city.post("vendor:v-1", f"{ONE}/disputes", data=body, files=sent).status_code

    assert refused(*[(f"{n}.txt", b"x") for n in range(MOST + 1)]) == 422
    assert refused(("big.txt", b"x" * (MAX_BYTES + 1))) == 413
    assert refused(("page.html", b"<html>")) == 422
    assert refused(("empty.txt", b"")) == 422
    assert refused(*[(f"{n}.txt", b"x" * (MAX_BYTES + 90_000)) for n in range(MOST)]) == 413
    assert city.as_("operator", "GET", ONE).json()["disputes"] == []


def test_s5_a_contract_that_the_inventory_no_longer_has_takes_no_right_to_dispute_away(city: City) -> None:
    city.published()
    with writing(city.served.engine) as conn:
        inventory.apply(conn, document() | {"contracts": []}, NOVEMBER, "test")
    n = city.disputed()
    assert city.post("vendor:v-2", f"{ONE}/disputes", json={"line": "T1", "reason": "x"}).status_code == 404
    told = city.good(city.post("operator", f"{ONE}/disputes/{n}/answer", json={"accepted": False, "reason": "no"}))
    assert (told["state"], told["disputes"][0]["state"]) == ("answered", "rejected")
    assert city.post("operator", f"{ONE}/publish").status_code == 404
    assert city.post("operator", f"{ONE}/seal").status_code == 404


def test_s5_the_same_key_twice_is_one_dispute(city: City) -> None:
    city.published()
    said: dict[str, Any] = {"json": {"line": "T1", "reason": "x"}, "headers": {"Idempotency-Key": "k1"}}
    first = city.good(city.post("vendor:v-1", f"{ONE}/disputes", **said), 201)
    n = first["disputes"][0]["n"]
    city.good(city.post("vendor:v-1", f"{ONE}/disputes/{n}/withdraw", json={"reason": "no"}))
    second = city.good(city.post("vendor:v-1", f"{ONE}/disputes", **said), 201)
    assert [one["state"] for one in second["disputes"]] == ["withdrawn"]


def test_s5_what_somebody_else_did_is_not_overrun(city: City) -> None:
    seen = city.published()["entry"]
    n = city.disputed()
    city.good(city.post("operator", f"{ONE}/disputes/{n}/answer", json={"accepted": False, "reason": "no"}))
    body = {"accepted": True, "points": "1", "reason": "yes", "seen_entry": seen}
    late = city.second().post(f"{ONE}/disputes/{n}/answer", json=body)
    assert late.status_code == 409
    assert "somebody was quicker" in late.json()["detail"]


def test_s6_a_paper_that_somebody_altered_is_not_told_as_if_it_were_true(city: City) -> None:
    city.published()
    with writing(city.served.engine) as conn:
        conn.exec_driver_sql("update papers set packed = x'00'")
    answer = city.as_("vendor:v-1", "GET", ONE)
    assert (answer.status_code, answer.json()["detail"]) == (500, ALTERED)


@pytest.mark.parametrize(
    ("name", "data", "type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.xlsx", PDF, "application/pdf"),
        ("a.png", png(), "image/png"),
        ("a.xlsx", workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("a.csv", "时间,值\n1,2\n".encode("gb18030"), "text/csv"),
        ("a.csv", b"no table", "text/plain"),
        ("a.txt", "\ufeff说明\r\n".encode(), "text/plain"),
    ],
)
def test_s5_a_file_is_what_is_in_it(name: str, data: bytes, type: str) -> None:
    assert checked(name, data).type == type


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7 cut off",
        b"PK\x03\x04 no zip",
        workbook("xl/vbaProject.bin"),
        workbook("xl/macrosheets/sheet1.xml"),
        b"\x89PNG\r\n\x1a\n broken",
        b"GIF89a" + b"\x00" * 20,
        b"<script>alert(1)</script>",
        b"  \n<svg/>",
        b"MZ\x00\x01",
        b"text\x00more",
        b"\xff\xff\xff",
        b"",
    ],
)
def test_s5_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        checked("a.pdf", data)


@pytest.mark.parametrize(
    ("name", "harmless_name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("evil\u202efdp.exe", "evilfdp.exe"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie_ x.txt"),
        ('"<b>".csv', "__b__.csv"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".xlsx", "x" * 115 + ".xlsx"),
        ("说明.txt", "说明.txt"),
    ],
)
def test_s5_names_of_files_are_made_harmless(name: str, harmless_name: str) -> None:
    assert harmless(name) == harmless_name


@pytest.mark.parametrize(
    ("name", "data", "kept"),
    [
        ("a.html", b"hello <script>alert(1)</script>", "a.html.txt"),
        ("a.bat", b"del *.*", "a.bat.txt"),
        ("a.exe", PDF, "a.exe.pdf"),
        ("A.PDF", PDF, "A.PDF"),
        ("a.jpg", png(), "a.jpg.png"),
        ("log", b"x", "log.txt"),
        ("list.csv", b"no table", "list.csv"),
        ("x" * 300, PDF, "x" * 120 + ".pdf"),
    ],
)
def test_s5_a_file_is_saved_under_a_name_that_opens_as_what_is_in_it(name: str, data: bytes, kept: str) -> None:
    assert checked(name, data).name == kept
