"""Reporting a fault or a complaint by the form without JavaScript (K1, K3, K5), and stickers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, select, update

from api.intake_form import TIMES
from api.symptoms import OTHERWISE, SYMPTOMS, symptoms_of
from api.words import KINDS
from sla.instant import DAY, HOUR, MINUTE, parse
from store import tickets
from store.database import reading, writing
from store.schema import complaints, devices, halls, ticket_events
from store.tickets import Event
from tests.api.agreed import agree
from tests.api.conftest import NOW, Served
from tests.reports.test_labels import needs_fonts

PRINTER = {"device": "PR-0101", "symptom": "paper jam", "when": "0", "source": "phone", "about": "fault"}


ENGLISH = {"headers": {"cookie": "hallwatch_language=en"}}


@pytest.fixture
def desk(fresh: Any) -> Iterator[Served]:
    """A small city of one's own, for what is taken."""
    with fresh(language="en") as served:
        yield served


@pytest.fixture
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


def send(client: httpx2.Client, **given: str) -> httpx2.Response:
    """Open the form and send it; follow to the answer's page."""
    page = client.get("/report", params={"device": given.get("device", "PR-0101")})
    return client.post("/report", data={"key": key_of(page.text)} | PRINTER | given, follow_redirects=True)


def events(engine: Engine) -> list[Event]:
    with reading(engine) as conn:
        rows = conn.execute(select(ticket_events).order_by(ticket_events.c.entry))
        return [Event(*(getattr(row, name) for name in Event._fields)) for row in rows]


def phoned(engine: Engine) -> list[Event]:
    return [one for one in events(engine) if one.detail.get("source") == "phone"]


def test_k1_a_report_opens_a_ticket_from_the_phone_in_the_name_of_whoever_is_signed_in(
    desk: Served, caller: httpx2.Client
) -> None:
    answer = send(caller, words="红灯闪", caller="李姐", callback="13800000000")
    assert "New ticket" in answer.text
    assert "T-000001" in answer.text
    only = events(desk.engine)[0]
    assert (only.event, only.at, only.detail["source"]) == ("opened", NOW, "phone")
    assert only.by.startswith("operator-")
    assert only.detail["symptom"] == "paper jam · 红灯闪"
    assert (only.detail["caller"], only.detail["callback"]) == ("李姐", "13800000000")


def test_k3_the_page_says_which_open_ticket_a_report_joins_and_then_that_it_did(caller: httpx2.Client) -> None:
    send(caller)
    page = caller.get("/report?device=PR-0101").text
    assert "is open already. Your report joins it." in page
    assert "Send: joins T-000001" in page
    assert "T-000001" in caller.get("/report?hall=h-01").text
    answer = send(caller, symptom="does not print")
    assert "Joined the open ticket" in answer.text
    assert "T-000002" not in answer.text


def test_r5_the_answer_says_when_the_ticket_is_due_and_so_does_the_form_of_the_next_report(
    desk: Served, caller: httpx2.Client
) -> None:
    assert "No contract covers this device" in send(caller, device="PR-0102").text
    agree(desk)
    assert "<b>2026-11-21 10:30</b>" in send(caller).text, "2 h, half an hour of travel, from 08:00"
    page = caller.get("/report?device=PR-0101").text
    assert re.search(r"due\s+11-21 10:30", page)


def test_k3_the_page_says_that_a_report_opens_the_last_ticket_again(desk: Served, caller: httpx2.Client) -> None:
    send(caller, when="30")
    with writing(desk.engine) as conn:
        tickets.append(conn, 1, "restored", NOW - 5 * MINUTE, NOW, "王工", {"how": "repaired"})
        tickets.set_state(conn, 1, "restored", NOW - 5 * MINUTE)
    assert "Your report opens it again" in caller.get("/report?device=PR-0101").text
    assert "Reopened the ticket" in send(caller).text


def test_k7_a_late_entry_bears_the_true_time(desk: Served, caller: httpx2.Client) -> None:
    send(caller, when="30")
    send(caller, when="other", at="2026-11-20T21:15", device="PR-0102")
    assert [one.at for one in events(desk.engine)] == [NOW - 30 * MINUTE, parse("2026-11-20T13:15:00Z")]


@pytest.mark.parametrize(
    ("at", "told"), [("2026-11-21T09:00", "future"), ("2026-08-01T00:00", "90 days"), ("soon", "Give the day")]
)
def test_a_time_that_cannot_be_is_refused_and_what_was_typed_stays(
    city: Served, reader: httpx2.Client, at: str, told: str
) -> None:
    answer = send(reader, when="other", at=at, words="<b>grinds</b>", caller='"><script>')
    assert answer.status_code == 422
    assert told in answer.text
    assert "&lt;b&gt;grinds&lt;/b&gt;" in answer.text
    assert "<script>" not in answer.text
    assert 'value="paper jam" checked' in answer.text
    assert phoned(city.engine) == []


def test_without_symptom_and_words_nothing_is_sent(city: Served, reader: httpx2.Client) -> None:
    answer = send(reader, symptom="")
    assert answer.status_code == 422
    assert "Choose what is wrong, or say it in words." in answer.text
    assert send(reader, symptom="bad toner joke").status_code == 422
    assert send(reader, words="x" * 401).status_code == 422
    assert phoned(city.engine) == []


def test_a_form_sent_twice_counts_once_and_is_answered_the_same(desk: Served, caller: httpx2.Client) -> None:
    form = PRINTER | {"key": key_of(caller.get("/report?device=PR-0101").text)}
    first, second = (caller.post("/report", data=form | {"age": age}) for age in ("", "40"))
    assert first.headers["location"] == second.headers["location"] == "/report/sent?ticket=T-000001&how=new&hall=h-01"
    assert len(events(desk.engine)) == 1


def test_another_report_under_a_key_that_was_used_is_not_taken_for_the_first(
    desk: Served, caller: httpx2.Client
) -> None:
    form = PRINTER | {"key": "k-1"}
    caller.post("/report", data=form)
    answer = caller.post("/report", data=form | {"symptom": "does not print"})
    assert answer.status_code == 422
    assert "was sent before with other words" in answer.text
    assert key_of(answer.text) != "k-1"
    assert len(events(desk.engine)) == 1


def test_a_key_is_its_senders_own(desk: Served, caller: httpx2.Client) -> None:
    form = PRINTER | {"key": "k-1"}
    caller.post("/report", data=form)
    other = desk.as_("hall:h-01").post("/report", data=form)
    assert "how=joined" in other.headers["location"]


def test_a_form_is_not_taken_in_the_name_of_somebody_who_signed_in_since(desk: Served, caller: httpx2.Client) -> None:
    form = PRINTER | {"key": "k-1", "who": "somebody"}
    answer = caller.post("/report", data=form)
    assert (answer.status_code, events(desk.engine)) == (409, [])
    assert "Somebody else is signed in by now." in answer.text


def test_a_form_that_a_browser_kept_is_of_the_time_at_which_it_was_sent_off(
    desk: Served, caller: httpx2.Client
) -> None:
    send(caller, age="1200", when="10")
    assert events(desk.engine)[0].at == NOW - 30 * MINUTE


def test_the_browsers_own_program_is_answered_in_json(caller: httpx2.Client) -> None:
    headers = {"accept": "application/json"}
    answer = caller.post("/report", data=PRINTER | {"key": "k-1"}, headers=headers)
    assert answer.json() == {"where": "/report/sent?ticket=T-000001&how=new&hall=h-01", "faults": {}}
    refused = caller.post("/report", data=PRINTER | {"key": "k-2", "source": "rumour"}, headers=headers)
    assert (refused.status_code, refused.json()["faults"]) == (422, {"source": "Choose one."})


def test_k5_a_complaint_about_a_device_bears_its_open_ticket_and_one_about_a_hall_none(
    desk: Served, caller: httpx2.Client
) -> None:
    send(caller)
    said = {"about": "complaint", "kind": "late_repair", "words": "三天了", "caller": "李姐"}
    assert "T-000001" in send(caller, **said).text
    about_hall = {
        "about": "complaint",
        "kind": "other",
        "words": "无人接电话",
        "device": "",
        "hall": "h-01",
        "when": "60",
    }
    assert "B-000002" in caller.post("/report", data=about_hall, follow_redirects=True).text
    with reading(desk.engine) as conn:
        rows = conn.execute(select(complaints).order_by(complaints.c.n)).all()
    assert [(row.hall, row.ticket, row.kind, row.text, row.at) for row in rows] == [
        ("h-01", "T-000001", "late_repair", "三天了 (李姐)", NOW),
        ("h-01", None, "other", "无人接电话", NOW - HOUR),
    ]


def test_a_complaint_needs_its_kind_and_words(reader: httpx2.Client) -> None:
    answer = send(reader, about="complaint")
    assert answer.status_code == 422
    assert "Say it in words." in answer.text
    assert "Choose one." in answer.text


def test_a_hall_reports_in_its_own_hall_only(desk: Served) -> None:
    hall = desk.as_("hall:h-01")
    page = hall.get("/report").text
    assert "PR-0101" in page
    assert "PR-0201" not in page
    assert "PR-0201" not in hall.get("/report?q=PR").text
    assert "五一路" not in hall.get("/report?hall=&q=五一路").text.partition('id="found"')[2]
    assert hall.get("/report?device=PR-0201").status_code == 404
    assert hall.post("/report", data=PRINTER | {"device": "PR-0201"}).status_code == 404
    complaint = {"about": "complaint", "kind": "other", "words": "x", "hall": "h-02"}
    assert hall.post("/report", data=complaint).status_code == 404
    assert hall.post("/report", data=PRINTER).status_code == 303


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


def test_a_device_that_is_gone_takes_no_report(desk: Served, caller: httpx2.Client) -> None:
    with writing(desk.engine) as conn:
        conn.execute(update(devices).where(devices.c.id == "PR-0101").values(gone_at=NOW - DAY))
    assert caller.get("/report?device=PR-0101").status_code == 404
    assert caller.post("/report", data=PRINTER).status_code == 404


def test_control_characters_do_not_get_in(desk: Served, caller: httpx2.Client) -> None:
    send(caller, symptom="", words="a\x00b\u202ec\x1b[31m")
    assert events(desk.engine)[0].detail["symptom"] == "a b c [31m"


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
def test_a_halls_stickers_are_a_pdf_whatever_its_name(desk: Served, caller: httpx2.Client) -> None:
    with writing(desk.engine) as conn:
        conn.execute(update(halls).where(halls.c.id == "h-01").values(name='#panic("\u202e*'))
    answer = caller.get("/halls/h-01/stickers.pdf")
    assert answer.content.startswith(b"%PDF")
    assert "stickers-h-01.pdf" in answer.headers["content-disposition"]
