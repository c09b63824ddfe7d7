"""Mails bear the files of their notice: named, typed and whole, whatever they are called."""

from __future__ import annotations

import pytest

from alerts.channels import MailChannel
from alerts.channels.mail import message_of
from alerts.delivery import Delivery
from alerts.outbox import ask
from alerts.recipient import Recipient
from alerts.settings import Mail
from alerts.template import filled
from store import notice_files, report_runs
from store.database import reading
from store.fault import Unreachable
from store.notices import Notice
from store.report_runs import File, Run
from tests.alerts.site import T0, Site
from tests.alerts.smtp import Postbox, serving

PDF = File("考核单 2026-10.pdf", "application/pdf", bytes(range(256)) * 40)
CSV = File("a\r\nBcc: x@evil.example.csv", "text/csv; charset=utf-8", "\ufeff名,值\r\n".encode())
TO = Recipient("mail", "boss@operator.example")


def queue(site: Site, *files: File) -> None:
    """One mail with these files, as reports ask for it."""
    with site.write() as conn:
        numbers = report_runs.record(conn, Run("k", T0, T0, {}), files)
        ask(conn, "report/k", TO, filled("Report", "Page: {url}", {"url": ""}), {}, T0)
        notice_files.attach(conn, "report/k", numbers or [])


def delivery(site: Site, box: Postbox) -> Delivery:
    def attached(notice: int) -> list[File]:
        with reading(site.engine) as conn:
            return notice_files.attached(conn, notice)

    channel = MailChannel(Mail(f"smtp://127.0.0.1:{box.port}", "hallwatch@site.example", timeout_s=2.0), attached)
    return Delivery(site.engine, "mail", channel)


def test_the_files_of_a_notice_arrive_as_they_were_kept(site: Site) -> None:
    queue(site, PDF, CSV)
    with serving(Postbox()) as box:
        assert delivery(site, box).step(lambda: T0) == 1
    (mail,) = box.mails
    found = list(mail.iter_attachments())
    assert [one.get_filename() for one in found] == [PDF.name, "a Bcc: x@evil.example.csv"]
    assert [one.get_content_type() for one in found] == ["application/pdf", "text/csv"]
    assert [one.get_payload(decode=True) for one in found] == [PDF.data, CSV.data]
    assert mail["Bcc"] is None
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Report" in str(mail["Subject"])


@pytest.mark.slow
def test_a_mail_that_is_sent_again_bears_its_files_again(site: Site) -> None:
    queue(site, PDF)
    with serving(Postbox("451 busy")) as box:
        one = delivery(site, box)
        one.step(lambda: T0)
        one.step(lambda: T0 + 3_000)
    (mail,) = box.mails
    assert [one.get_payload(decode=True) for one in mail.iter_attachments()] == [PDF.data]


def test_a_mail_whose_files_cannot_be_read_waits_and_none_before_it_is_sent_twice(site: Site) -> None:
    queue(site, PDF)
    with site.write() as conn:
        ask(conn, "report/l", TO, filled("Second", "Page: {url}", {"url": ""}), {}, T0)

    def once(notice: int) -> list[File]:
        if notice > 1:
            raise Unreachable("server", "gone for a moment")
        return []

    with serving(Postbox()) as box:
        mail = Mail(f"smtp://127.0.0.1:{box.port}", "hallwatch@site.example", timeout_s=2.0)
        shaky = Delivery(site.engine, "mail", MailChannel(mail, once))
        assert [shaky.step(lambda: T0), shaky.step(lambda: T0)] == [2, 0]
        assert delivery(site, box).step(lambda: T0 + 3_600_000) == 1
    assert [str(one["Subject"]) for one in box.mails] == ["Report", "Second"]


def test_a_mail_without_files_is_as_it_was() -> None:
    body = '{"text": "hello", "html": "<p>hello"}'
    notice = Notice(1, "k", "mail", "a@b.example", False, "s", body, None, T0, 0, 0)
    assert message_of(notice, "c@d.example").get_content_type() == "multipart/alternative"
    mixed = message_of(notice, "c@d.example", [PDF])
    assert [part.get_content_type() for part in mixed.iter_parts()] == ["multipart/alternative", "application/pdf"]
    assert mixed["Message-ID"] == message_of(notice, "c@d.example")["Message-ID"]
