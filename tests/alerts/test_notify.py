"""Whom a vendor's notices go to, and how preventive work is told (K1)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from alerts.settings import AlertSettings, Floods, Mail
from alerts.tickets import New, report
from store.database import reading
from store.schema import notices, tickets
from tests.alerts.site import T0, Site, document

PEOPLE = (
    "mailto:duty@vendor.example",
    "wecom:desk",
    "sms:13800138000@mas",
    "webhook:own",
    "https://old.example",
    "rota:x",
)


def told(site: Site) -> list[tuple[str, str]]:
    with reading(site.engine) as conn:
        query = select(notices.c.channel, notices.c.target).order_by(notices.c.id)
        return [(row.channel, row.target) for row in conn.execute(query)]


def test_a_vendor_is_told_by_mqtt_and_by_each_of_its_recipients_once(tmp_path: Path) -> None:
    settings = AlertSettings(mail=Mail("smtp://h"), floods=Floods(window_ms=0))
    site = Site(tmp_path, settings, document(notify=(*PEOPLE, *PEOPLE)))
    site.outage("P-1", 0)
    for minute in (5, 6):
        site.look(minute)
        site.alerts = site.started()
    assert told(site) == [
        ("mqtt", "hallwatch/v1/alerts/v-1"),
        ("mail", "duty@vendor.example"),
        ("wecom", "desk"),
        ("sms", "13800138000@mas"),
        ("webhook", "own"),
    ]
    site.engine.dispose()


def test_what_machines_get_is_the_alert_of_mqtt(tmp_path: Path) -> None:
    site = Site(tmp_path, AlertSettings(floods=Floods(window_ms=0)), document(notify=("webhook:own",)))
    site.outage("P-1", 0)
    site.look(5)
    with reading(site.engine) as conn:
        alert, hook = (json.loads(body) for body in conn.scalars(select(notices.c.body).order_by(notices.c.id)))
    assert hook["document"] == alert
    site.engine.dispose()


def test_K1_preventive_work_is_told_as_such(site: Site) -> None:
    with site.write() as conn:
        report(conn, New(site.numbers["P-1"], "detected", "lowToner", "v-1"), T0, "hallwatch", T0)
        conn.execute(update(tickets).values(purpose="preventive", condition="lowToner"))
    site.look(0)
    with reading(site.engine) as conn:
        alert, mail = (json.loads(body) for body in conn.scalars(select(notices.c.body).order_by(notices.c.id)))
    assert alert["purpose"] == "preventive"
    assert "Fault: Preventive work: lowToner" in mail["text"]


@pytest.mark.slow
def test_an_event_that_cannot_be_told_silences_no_other(site: Site) -> None:
    with site.write() as conn:
        for device in ("P-1", "P-2"):
            report(conn, New(site.numbers[device], "phone", "jammed", "v-1"), T0, "desk", T0)
        conn.exec_driver_sql(
            "CREATE TRIGGER one BEFORE INSERT ON notices WHEN NEW.ticket = 'T-000001' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    site.look(0)
    assert site.told() == ["opened"]
