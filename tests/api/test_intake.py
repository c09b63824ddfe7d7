"""Reporting a fault or a complaint by the form without JavaScript (K1, K3, K5), and stickers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx2
import pytest
from sqlalchemy import Engine, select, update

from api.intake_form import TIMES
from api.symptoms import OTHERWISE, SYMPTOMS, symptoms_of
from api.words import KINDS
from sla.instant import DAY, HOUR, MINUTE, parse
from store import tickets
from store.database import open_database, reading, writing
from store.schema import complaints, devices, ticket_events
from store.schema import tickets as rows
from store.tickets import Event
from tests.api.agreed import agree
from tests.api.conftest import NOW, Served, serving
from tests.api.seed import INSIDE, device_id
from tests.reports.test_labels import needs_fonts

pytestmark = pytest.mark.slow

_FRESH: Final = (n for n in range(120) if INSIDE[n % len(INSIDE)] == "printer")
PRINTER: Final = {"device": "PR-0101", "symptom": "paper jam", "when": "0", "source": "phone", "about": "fault"}


ENGLISH: Final = {"headers": {"cookie": "hallwatch_language=en"}}


@pytest.fixture(scope="module")
def desk(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A city with a contract and many printers, for what is taken: each test has some of its own."""
    place = tmp_path_factory.mktemp("desk") / "city.db"
    shutil.copy(small, place)
    engine = open_database(f"sqlite:///{place}")
    with serving(engine, language="en") as served:
        agree(served, inside=120)
        yield served
    engine.dispose()


@pytest.fixture
def printer() -> str:
    """A printer of h-01 that no other test has."""
    return device_id(0, next(_FRESH))


@pytest.fixture(scope="module")
def caller(desk: Served) -> httpx2.Client:
    return desk.as_("operator", **ENGLISH)


@pytest.fixture(scope="module")
def reader(city: Served) -> httpx2.Client:
    """Who only looks, at the city of all tests."""
    return city.as_("operator", **ENGLISH)


def key_of(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


def send(client: httpx2.Client, device: str, **given: str) -> httpx2.Response:
    """Open the form and send it; follow to the answer's page."""
    page = client.get("/report", params={"device": device})
    form = PRINTER | {"key": key_of(page.text), "device": device} | given
    return client.post("/report", data=form, follow_redirects=True)


def ticket_in(answer: httpx2.Response) -> str:
    found = re.search(r"T-\d{6}", answer.text)
    assert found
    return found[0]


def events(engine: Engine, device: str | None = None) -> list[Event]:
    """What happened to the tickets, of one device or all."""
    query = (
        select(ticket_events).join(rows, rows.c.n == ticket_events.c.ticket).join(devices, devices.c.n == rows.c.device)
    )
    if device is not None:
        query = query.where(devices.c.id == device)
    with reading(engine) as conn:
        found = conn.execute(query.order_by(ticket_events.c.entry))
        return [Event(*(getattr(row, name) for name in Event._fields)) for row in found]


def phoned(engine: Engine) -> list[Event]:
    return [one for one in events(engine) if one.detail.get("source") == "phone"]


def test_k1_a_report_opens_a_ticket_from_the_phone_in_the_name_of_whoever_is_signed_in(
    desk: Served, caller: httpx2.Client, printer: str
) -> None:
    answer = send(caller, printer, words="红灯闪", caller="李姐", callback="13800000000")
    assert "New ticket" in answer.text
    (only,) = events(desk.engine, printer)
    assert (only.event, only.at, only.detail["source"]) == ("opened", NOW, "phone")
    assert only.by.startswith("operator-")
    assert only.detail["symptom"] == "paper jam · 红灯闪"
    assert (only.detail["caller"], only.detail["callback"]) == ("李姐", "13800000000")


def test_k3_the_page_says_which_open_ticket_a_report_joins_and_then_that_it_did(
    caller: httpx2.Client, printer: str
) -> None:
    ticket = ticket_in(send(caller, printer))
    page = caller.get(f"/report?device={printer}").text
    assert "is open already. Your report joins it." in page
    assert f"Send: joins {ticket}" in page
    assert ticket in caller.get(f"/report?hall=h-01&q={printer}").text
    answer = send(caller, printer, symptom="does not print")
    assert "Joined the open ticket" in answer.text
    assert ticket_in(answer) == ticket


def test_r5_the_answer_says_when_the_ticket_is_due_and_so_does_the_form_of_the_next_report(
    caller: httpx2.Client, printer: str
) -> None:
    assert "No contract covers this device" in send(caller, "PR-0201").text
    assert "<b>2026-11-21 10:30</b>" in send(caller, printer).text, "2 h, half an hour of travel, from 08:00"
    assert re.search(r"due\s+11-21 10:30", caller.get(f"/report?device={printer}").text)


def test_k3_the_page_says_that_a_report_opens_the_last_ticket_again(
    desk: Served, caller: httpx2.Client, printer: str
) -> None:
    ticket = ticket_in(send(caller, printer, when="30"))
    with writing(desk.engine) as conn:
        n = tickets.known(conn, ticket).n
        tickets.append(conn, n, "restored", NOW - 5 * MINUTE, NOW, "王工", {"how": "repaired"})
        tickets.set_state(conn, n, "restored", NOW - 5 * MINUTE)
    assert "Your report opens it again" in caller.get(f"/report?device={printer}").text
    answer = send(caller, printer)
    assert "Reopened the ticket" in answer.text
    assert ticket_in(answer) == ticket


def test_k7_a_late_entry_bears_the_true_time(desk: Served, caller: httpx2.Client, printer: str) -> None:
    send(caller, printer, when="other", at="2026-11-20T21:15")
    send(caller, printer, when="30")
    first, second = events(desk.engine, printer)
    assert (first.at, second.detail["reported_at"]) == (parse("2026-11-20T13:15:00Z"), NOW - 30 * MINUTE)


@pytest.mark.parametrize(
    ("at", "told"), [("2026-11-21T09:00", "future"), ("2026-08-01T00:00", "90 days"), ("soon", "Give the day")]
)
def test_a_time_that_cannot_be_is_refused_and_what_was_typed_stays(
    city: Served, reader: httpx2.Client, at: str, told: str
) -> None:
    answer = send(reader, "PR-0101", when="other", at=at, words="<b>grinds</b>", caller='"><script>')
    assert answer.status_code == 422
    assert told in answer.text
    assert "&lt;b&gt;grinds&lt;/b&gt;" in answer.text
    assert "<script>" not in answer.text
    assert 'value="paper jam" checked' in answer.text
    assert phoned(city.engine) == []


def test_without_symptom_and_words_nothing_is_sent(city: Served, reader: httpx2.Client) -> None:
    answer = send(reader, "PR-0101", symptom="")
    assert answer.status_code == 422
    assert "Choose what is wrong, or say it in words." in answer.text
    assert send(reader, "PR-0101", symptom="bad toner joke").status_code == 422
    assert send(reader, "PR-0101", words="x" * 401).status_code == 422
    assert phoned(city.engine) == []


def test_a_form_sent_twice_counts_once_and_is_answered_the_same(
    desk: Served, caller: httpx2.Client, printer: str
) -> None:
    form = PRINTER | {"device": printer, "key": key_of(caller.get(f"/report?device={printer}").text)}
    first, second = (caller.post("/report", data=form | {"age": age}) for age in ("", "40"))
    assert first.headers["location"] == second.headers["location"]
    assert re.fullmatch(r"/report/sent\?ticket=T-\d{6}&how=new&hall=h-01", first.headers["location"])
    assert len(events(desk.engine, printer)) == 1


def test_another_report_under_a_key_that_was_used_is_not_taken_for_the_first(
    desk: Served, caller: httpx2.Client, printer: str
) -> None:
    form = PRINTER | {"device": printer, "key": "used"}
    caller.post("/report", data=form)
    answer = caller.post("/report", data=form | {"symptom": "does not print"})
    assert answer.status_code == 422
    assert "was sent before with other words" in answer.text
    assert key_of(answer.text) != "used"
    assert len(events(desk.engine, printer)) == 1


def test_a_key_is_its_senders_own(desk: Served, caller: httpx2.Client, printer: str) -> None:
    form = PRINTER | {"device": printer, "key": "shared"}
    caller.post("/report", data=form)
    other = desk.as_("hall:h-01").post("/report", data=form)
    assert "how=joined" in other.headers["location"]


def test_a_form_is_not_taken_in_the_name_of_somebody_who_signed_in_since(
    desk: Served, caller: httpx2.Client, printer: str
) -> None:
    answer = caller.post("/report", data=PRINTER | {"device": printer, "key": "mine", "who": "somebody"})
    assert (answer.status_code, events(desk.engine, printer)) == (409, [])
    assert "Somebody else is signed in by now." in answer.text


def test_a_form_that_a_browser_kept_is_of_the_time_at_which_it_was_sent_off(
    desk: Served, caller: httpx2.Client, printer: str
) -> None:
    send(caller, printer, age="1200", when="10")
    assert events(desk.engine, printer)[0].at == NOW - 30 * MINUTE


def test_the_browsers_own_program_is_answered_in_json(caller: httpx2.Client, printer: str) -> None:
    headers, form = {"accept": "application/json"}, PRINTER | {"device": printer}
    answer = caller.post("/report", data=form | {"key": "j-1"}, headers=headers).json()
    assert answer["where"].endswith("&how=new&hall=h-01")
    refused = caller.post("/report", data=form | {"key": "j-2", "source": "rumour"}, headers=headers)
    assert (refused.status_code, refused.json()["faults"]) == (422, {"source": "Choose one."})


def test_k5_a_complaint_about_a_device_bears_its_open_ticket_and_one_about_a_hall_none(
    desk: Served, caller: httpx2.Client, printer: str
) -> None:
    ticket = ticket_in(send(caller, printer))
    said = {"about": "complaint", "kind": "late_repair", "words": "三天了", "caller": "李姐"}
    assert ticket in send(caller, printer, **said).text
    about_hall = {"about": "complaint", "kind": "other", "words": "无人接", "device": "", "hall": "h-01", "when": "60"}
    assert "B-000002" in caller.post("/report", data=about_hall, follow_redirects=True).text
    with reading(desk.engine) as conn:
        found = conn.execute(select(complaints).order_by(complaints.c.n)).all()
    assert [(row.hall, row.ticket, row.kind, row.text, row.at) for row in found] == [
        ("h-01", ticket, "late_repair", "三天了 (李姐)", NOW),
        ("h-01", None, "other", "无人接", NOW - HOUR),
    ]


def test_a_complaint_needs_its_kind_and_words(reader: httpx2.Client) -> None:
    answer = send(reader, "PR-0101", about="complaint")
    assert answer.status_code == 422
    assert "Say it in words." in answer.text
    assert "Choose one." in answer.text


def test_a_hall_reports_in_its_own_hall_only(desk: Served, printer: str) -> None:
    hall = desk.as_("hall:h-01")
    page = hall.get("/report").text
    assert "CO-0104" in page
    assert "PR-0201" not in page + hall.get("/report?q=PR").text
    assert "五一路" not in hall.get("/report?hall=&q=五一路").text.partition('id="found"')[2]
    assert hall.get("/report?device=PR-0201").status_code == 404
    assert hall.post("/report", data=PRINTER | {"device": "PR-0201"}).status_code == 404
    complaint = {"about": "complaint", "kind": "other", "words": "x", "hall": "h-02"}
    assert hall.post("/report", data=complaint).status_code == 404
    assert hall.post("/report", data=PRINTER | {"device": printer}).status_code == 303


@pytest.mark.parametrize("role", ["viewer", "vendor:v-1"])
def test_who_may_not_report_has_no_such_page(city: Served, role: str) -> None:
    asker = city.as_(role)
    assert asker.get("/report").status_code == 403
    assert asker.post("/report", data=PRINTER).status_code == 403
    assert phoned(city.engine) == []


def test_a_stranger_signs_in_first_and_comes_back_to_the_device(city: Served) -> None:
    stranger = city.as_(None)
    assert stranger.get("/report?device=PR-0101").headers["location"] == "/sign-in?next=%2Freport%3Fdevice%3DPR-0101"
    assert stranger.get("/d/PR-0101").headers["location"] == "/sign-in?next=%2Fd%2FPR-0101"


def test_another_site_reports_nothing(city: Served) -> None:
    cookie = {"cookie": f"hallwatch_session={city.tokens['operator']}"}
    answer = city.as_(None, headers=cookie | {"sec-fetch-site": "cross-site"}).post("/report", data=PRINTER)
    assert answer.status_code == 403
    assert phoned(city.engine) == []


def found(client: httpx2.Client, query: str) -> list[str]:
    page = client.get(f"/report?{query}").text
    return re.findall(r'href="/report\?device=([^"&]+)"', page)


def test_a_device_is_found_by_kind_model_serial_number_address_and_place(reader: httpx2.Client) -> None:
    assert found(reader, "hall=h-01&q=打印机")[:3] == ["LI-0103", "PR-0101", "PR-0102"]
    assert found(reader, "hall=&q=kiosk")[:3] == ["KI-0105", "KI-0106", "KI-0205"]
    assert found(reader, "hall=&q=sn001002") == ["PR-0202"]
    assert found(reader, "hall=&q=10.0.1.2") == ["PR-0201"]
    assert found(reader, "hall=&q=五一路+实达") == ["LI-0203"]
    assert found(reader, "hall=h-01&q=pr-0202") == ["PR-0202"]
    assert found(reader, "hall=h-01&q=%25") == []
    assert found(reader, "hall=h-01&q=PR_0101") == []


def test_a_stickers_code_typed_or_scanned_leads_to_its_device(reader: httpx2.Client) -> None:
    answer = reader.get("/report", params={"q": "https://hallwatch.example/d/PR-0101 "})
    assert answer.headers["location"] == "/report?device=PR-0101&about=fault"
    assert reader.get("/report", params={"q": "https://[::1/d/x"}).status_code == 200


def test_the_hall_is_remembered(city: Served, reader: httpx2.Client) -> None:
    cookie = reader.get("/report?hall=h-02").headers["set-cookie"].partition(";")[0]
    again = city.as_("operator", headers={"cookie": cookie})
    assert "PR-0201" in again.get("/report").text
    assert "PR-0201" not in again.get("/report?hall=").text
    assert reader.get("/report?hall=h-99").status_code == 404
    assert city.as_("operator", headers={"cookie": "hallwatch_hall=h-99"}).get("/report").status_code == 200


def test_a_device_that_is_gone_takes_no_report(desk: Served, caller: httpx2.Client, printer: str) -> None:
    with writing(desk.engine) as conn:
        conn.execute(update(devices).where(devices.c.id == printer).values(gone_at=NOW - DAY))
    assert caller.get(f"/report?device={printer}").status_code == 404
    assert caller.post("/report", data=PRINTER | {"device": printer}).status_code == 404


def test_control_characters_do_not_get_in(desk: Served, caller: httpx2.Client, printer: str) -> None:
    send(caller, printer, symptom="", words="a\x00b\u202ec\x1b[31m")
    assert events(desk.engine, printer)[0].detail["symptom"] == "a b c [31m"


def test_every_kind_has_symptoms_that_bear_no_other_ones_name() -> None:
    assert set(SYMPTOMS) == set(KINDS)
    assert symptoms_of("toaster") == OTHERWISE
    assert all(len(set(words)) == len(words) for words in SYMPTOMS.values())
    assert [code for code, _ in TIMES] == ["0", "10", "30", "60", "other"]


def test_a_sticker_leads_to_the_page_of_its_device(reader: httpx2.Client) -> None:
    drawn = reader.get("/devices/PR-0101/sticker.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.text.startswith("<?xml")
    assert reader.get("/d/PR-0101").headers["location"] == "/devices/PR-0101"
    assert reader.get("/d/a%20b%3Fc").headers["location"] == "/devices/a%20b%3Fc"


def test_nobody_gets_stickers_of_what_is_not_his_to_see(city: Served) -> None:
    assert city.as_("vendor:v-2").get("/devices/PR-0101/sticker.svg").status_code == 404
    assert city.as_("hall:h-01").get("/halls/h-02/stickers.pdf").status_code == 404
    assert city.as_(None).get("/halls/h-01/stickers.pdf").status_code == 303


@needs_fonts
def test_a_halls_stickers_are_a_pdf(reader: httpx2.Client) -> None:
    answer = reader.get("/halls/h-01/stickers.pdf")
    assert answer.content.startswith(b"%PDF")
    assert "stickers-h-01.pdf" in answer.headers["content-disposition"]
