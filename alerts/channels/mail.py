"""E-mail by SMTP, one session for a few notices; a notice sent twice bears the same Message-ID."""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from alerts.channels.channel import Failure, Outcome, Sent
from alerts.plain import one_line
from alerts.settings import BadUrl, Mail
from store.attempts import Limit
from store.fault import StoreError
from store.lanes import Lane, within
from store.notices import Notice, Rows
from store.report_runs import File

_REFUSED: Final = 500

Attached = Callable[[int], Sequence[File]]


def nothing(_notice: int) -> Sequence[File]:
    """No files, whatever the notice."""
    return ()


class MailChannel:
    """Sends the outbox rows of channel `mail`: target an address, body JSON of `text` and `html`.

    `attached` gives the files of a notice by its id.
    """

    batch = 3
    limit = Limit("mail")

    def __init__(self, mail: Mail, attached: Attached = nothing) -> None:
        self._mail = mail
        self._attached = attached

    @property
    def rows(self) -> Rows:
        """All of the channel."""
        return within(Lane("mail"))

    def ready(self) -> bool:
        """A mail server is asked anew every time."""
        return True

    def close(self) -> None:
        """Nothing is kept open."""

    def send(self, notices: Sequence[Notice]) -> Iterator[tuple[Notice, Outcome]]:
        """One session; where it breaks the rest of the notices failed as well."""
        session: smtplib.SMTP | None = None
        for notice in notices:
            try:
                session = session or self._session()
                self._send_one(session, notice)
            except (smtplib.SMTPException, OSError, BadUrl) as error:
                yield notice, failure_of(error)
                self._leave(session)
                session = None
            except StoreError as error:  # what went out before it in this batch did go out, and is recorded
                yield notice, Failure(f"its files cannot be read: {error.reason}"[:300])
            except (ValueError, TypeError, AttributeError, LookupError, MessageError) as error:
                yield notice, Failure(f"cannot be written as a mail: {error.__class__.__name__}", refused=True)
            else:
                yield notice, Sent("250 taken")
        self._leave(session)

    def _session(self) -> smtplib.SMTP:
        host, port = self._mail.address
        context = ssl.create_default_context()
        if self._mail.tls:
            session: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self._mail.timeout_s, context=context)
        else:
            session = smtplib.SMTP(host, port, timeout=self._mail.timeout_s)
        try:
            if self._mail.starttls:
                session.starttls(context=context)
            if self._mail.login is not None:
                session.login(*self._mail.login)
        except BaseException:
            session.close()
            raise
        return session

    def _send_one(self, session: smtplib.SMTP, notice: Notice) -> None:
        message = message_of(notice, self._mail.sender, self._attached(notice.id))
        session.send_message(message, from_addr=self._mail.sender, to_addrs=[notice.target])

    def _leave(self, session: smtplib.SMTP | None) -> None:
        if session is not None:
            with suppress(smtplib.SMTPException, OSError):
                session.quit()
            session.close()


def message_of(notice: Notice, sender: str, files: Sequence[File] = ()) -> EmailMessage:
    """The mail of a notice with its files; headers are single lines whatever the notice says.

    Raises ValueError for a bad address.
    """
    body = json.loads(notice.body)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(notice.subject)
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=notice.target)
    message["Message-ID"] = message_id(notice, sender)
    message["Date"] = _date(notice.created_at)
    message["Auto-Submitted"] = "auto-generated"
    if notice.ticket:
        thread = f"<{sha256(notice.ticket.encode()).hexdigest()[:24]}@{sender.rpartition('@')[2]}>"
        message["References"] = thread
    message.set_content(body["text"])
    message.add_alternative(body["html"], subtype="html")
    for one in files:
        kind, _, subtype = one.type.partition(";")[0].strip().partition("/")
        message.add_attachment(one.data, maintype=kind, subtype=subtype, filename=one_line(one.name))
    return message


def message_id(notice: Notice, sender: str) -> str:
    """The same for every attempt at one notice."""
    return f"<hallwatch-{sha256(notice.key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"


def failure_of(error: Exception) -> Failure:
    """What an SMTP session said, short and without the password that an exception may quote."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return Failure(_said(code, said), code >= _REFUSED)
    if isinstance(error, smtplib.SMTPResponseException):
        return Failure(_said(error.smtp_code, error.smtp_error), error.smtp_code >= _REFUSED)
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return Failure("the mail server did not answer in time")
    return Failure(one_line(f"{error.__class__.__name__}: {error}")[:300])


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return one_line(f"{code} {text}")[:300]


def _date(ms: int) -> str:
    from datetime import UTC, datetime

    return format_datetime(datetime.fromtimestamp(ms / 1000, UTC))
