"""Mail against a real SMTP server that answers 451, drops the line, is slow or refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from alerts.channels import MailChannel
from alerts.delivery import Delivery
from alerts.settings import Mail, Patience
from store.database import reading
from store.schema import notices
from tests.alerts.site import HOUR, MINUTE, T0, Site
from tests.alerts.smtp import Postbox, free_port, serving


def delivery(site: Site, port: int, patience: Patience | None = None) -> Delivery:
    mail = Mail(f"smtp://127.0.0.1:{port}", "hallwatch@site.example", timeout_s=0.7)
    return Delivery(site.engine, "mail", MailChannel(mail), patience or Patience())


def at(minute: float) -> Callable[[], int]:
    return lambda: T0 + round(minute * MINUTE)


def row(site: Site) -> tuple[str, int, str | None]:
    with reading(site.engine) as conn:
        query = select(notices.c.state, notices.c.attempts, notices.c.error).where(notices.c.channel == "mail")
        state, attempts, error = conn.execute(query).one()
        return state, attempts, error


@pytest.fixture
def told(site: Site) -> Site:
    site.outage("P-1", 0)
    site.look(5)
    return site


def test_a_mail_arrives_once_with_both_bodies(told: Site) -> None:
    with serving(Postbox()) as box:
        assert delivery(told, box.port).step(at(5)) == 1
        assert delivery(told, box.port).step(at(60)) == 0
    (mail,) = box.mails
    assert mail["To"] == "duty@vendor.example"
    assert mail["Subject"] == "[T-000001] New fault: P-1, 飞鹅路营业厅"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert row(told) == ("sent", 1, None)


def test_a_restart_between_the_row_and_the_sending_loses_nothing(told: Site) -> None:
    told.engine.dispose()
    with serving(Postbox()) as box:
        delivery(told, box.port).step(at(9))
    assert len(box.mails) == 1


def test_a_server_that_says_451_is_asked_again_with_backoff(told: Site) -> None:
    with serving(Postbox("451 come later")) as box:
        delivery(told, box.port).step(at(5))
        assert row(told) == ("waiting", 1, "451 come later")
        assert delivery(told, box.port).step(lambda: T0 + 5 * MINUTE + 500) == 0
        delivery(told, box.port).step(at(6))
    assert row(told)[0] == "sent"
    assert len(box.mails) == 1


def test_a_line_that_drops_after_data_is_repeated_with_the_same_id(told: Site) -> None:
    with serving(Postbox("drop")) as box:
        delivery(told, box.port).step(at(5))
        assert row(told)[0] == "waiting"
        delivery(told, box.port).step(at(6))
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"]


@pytest.mark.slow
def test_a_slow_server_costs_the_timeout_only(told: Site) -> None:
    with serving(Postbox("slow")) as box:
        delivery(told, box.port).step(at(5))
    assert row(told) == ("waiting", 1, "the mail server did not answer in time")


def test_a_server_that_is_away_is_no_traceback(told: Site) -> None:
    delivery(told, free_port()).step(at(5))
    state, attempts, error = row(told)
    assert (state, attempts) == ("waiting", 1)
    assert "refused" in (error or "")


@pytest.mark.slow
def test_a_recipient_that_is_refused_for_good_is_given_up_soon(told: Site) -> None:
    with serving(Postbox("rcpt 550 no such user", "rcpt 550 no such user")) as box:
        for minute in (5, 60):
            delivery(told, box.port, Patience(refusals=2)).step(at(minute))
    assert row(told) == ("given_up", 2, "550 no such user")


def test_what_fails_for_a_day_is_given_up(told: Site) -> None:
    port = free_port()
    delivery(told, port, Patience(refusals=2)).step(at(5))
    delivery(told, port, Patience(refusals=2)).step(lambda: T0 + 25 * HOUR)
    assert row(told)[0] == "given_up"


def test_a_claim_that_ran_out_after_a_kill_is_sent_again(told: Site) -> None:
    with serving(Postbox()) as box:
        killed = delivery(told, box.port)
        from store.notices import claim

        with told.write() as conn:
            taken = claim(conn, T0 + 5 * MINUTE, 1, "mail")
        assert len(list(killed.channel.send(taken))) == 1  # and dies before it can record that
        assert delivery(told, box.port).step(lambda: T0 + 5 * MINUTE + 59_000) == 0
        assert delivery(told, box.port).step(lambda: T0 + 6 * MINUTE) == 1
    assert len({mail["Message-ID"] for mail in box.mails}) == 1


def test_a_row_that_is_no_mail_is_refused_and_does_not_stop_the_others(told: Site) -> None:
    from store.notices import enqueue

    with told.write() as conn:
        enqueue(conn, "bad", "mail", "not an address", "no json", T0)
    with serving(Postbox()) as box:
        assert delivery(told, box.port).step(at(5)) == 2
    assert len(box.mails) == 1
