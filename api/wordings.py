"""Templates for people: the words that count, ours, and how they look filled in."""

from __future__ import annotations

from pydantic import BaseModel
from sqlalchemy import Connection

from alerts.channels.letter import Letter
from alerts.channels.robot import markdown
from alerts.channels.sms import short
from alerts.template import faults, filled, words
from alerts.wording import PLACEHOLDERS, SAMPLES, WORDING
from api.instants import rendered
from api.problems import not_found
from store import templates

SAMPLE_BYTES = 4096


class Words(BaseModel):
    """A title and a text with {placeholders}."""

    subject: str
    text: str


class Wording(Words):
    """The words that count; `ours` are those before anybody changed them."""

    name: str
    language: str
    ours: Words
    changed_at: str | None
    changed_by: str | None
    placeholders: list[str]


class Preview(BaseModel):
    """The same message as title and text, as a mail's HTML, as a robot's markdown, as an SMS."""

    title: str
    text: str
    html: str
    markdown: str
    sms: str


def template_of(name: str, language: str) -> tuple[str, str]:
    """Ours. Raises `Problem` 404."""
    ours = WORDING.get(name, {}).get(language)
    if ours is None:
        raise not_found()
    return ours


def wording(conn: Connection, name: str, language: str) -> Wording:
    """The words of a message. Raises `Problem` 404."""
    ours, changed = template_of(name, language), templates.newest(conn)
    subject, text = words(name, language, changed)
    one = changed.get((name, language))
    return Wording(
        name=name,
        language=language,
        subject=subject,
        text=text,
        ours=Words(subject=ours[0], text=ours[1]),
        changed_at=rendered(one.at) if one else None,
        changed_by=one.by if one else None,
        placeholders=list(PLACEHOLDERS),
    )


def refusals(subject: str, text: str) -> list[tuple[str, str]]:
    """What is wrong with a person's words: place and reason."""
    return [("subject", one) for one in faults(subject, "")] + [("text", one) for one in faults("", text)]


def preview_of(name: str, language: str, subject: str, text: str) -> Preview:
    """The words with sample values, among them what a hostile device may say; empty ones are ours."""
    ours = template_of(name, language)
    said = filled(subject or ours[0], text or ours[1], SAMPLES)
    letter = Letter("hw_sample", said.title, said.text, {"url": SAMPLES["url"]})
    return Preview(
        title=said.title,
        text=said.text,
        html=said.html,
        markdown=markdown(letter, SAMPLE_BYTES),
        sms=short(letter),
    )
