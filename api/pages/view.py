"""Templates, languages and zones: how a page comes to be."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.auth import Asker, who
from api.context import Context, Translate
from api.durations import spoken
from api.problems import Problem
from api.words import N_, told
from store.pages import Scope

HERE: Final = Path(__file__).parent.parent
LANGUAGES: Final = {"zh": "中文", "en": "English"}
_STAFF: Final = ("admin", "operator", "viewer")
PLACES: Final = (
    ("/", N_("Wall"), (*_STAFF, "vendor", "hall")),
    ("/board", N_("Board"), _STAFF),
    ("/work", N_("My work"), ("vendor",)),
    ("/tickets", N_("Tickets"), (*_STAFF, "vendor", "hall")),
    ("/report", N_("Report a fault"), ("admin", "operator", "hall")),
    ("/plans", N_("Plans"), _STAFF),
    ("/contracts", N_("Contracts"), _STAFF),
    ("/reports", N_("Reports"), (*_STAFF, "vendor")),
    ("/statements", N_("Statements"), (*_STAFF, "vendor")),
    ("/channels", N_("Channels"), ("admin", "operator")),
)
"""The pages at the head: where, the words, for which roles."""
LANGUAGE_COOKIE: Final = "hallwatch_language"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def static_version() -> str:
    """A short digest of the static files: a new one makes browsers fetch them anew."""
    digest = hashlib.sha256()
    for file in sorted((HERE / "static").rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:10]


def environment() -> Environment:
    """The templates; everything is escaped, a name that is not given is an error."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def zone_info(name: str | None, otherwise: str) -> ZoneInfo:
    """The zone of a hall's calendar, else the site's."""
    for wanted in (name, otherwise):
        try:
            if wanted:
                return ZoneInfo(wanted)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")


class View:
    """One person's look at one page: language, scope, zone and the clock."""

    def __init__(self, request: Request, person: Asker | None) -> None:
        self.request = request
        self.person = person
        self.room: Context = request.app.state.context
        self.now = self.room.now()
        wanted = request.cookies.get(LANGUAGE_COOKIE, "")
        self.language = wanted if wanted in LANGUAGES else self.room.language
        gettext = self.room.translate(self.language)
        self.translate: Translate = lambda text: gettext(text) if text else ""
        self.zone = zone_info(None, self.room.zone)

    @property
    def scope(self) -> Scope:
        """What the person may see; raises `Problem` 403 for a role without pages."""
        scope = self.person.scope if self.person else None
        if scope is None:
            raise Problem(403, "")
        return scope

    def clock(self, ms: int | None, form: str = "%m-%d %H:%M") -> str:
        """An instant in the hall's zone."""
        if ms is None:
            return "–"
        return (_EPOCH + timedelta(milliseconds=ms)).astimezone(self.zone).strftime(form)

    def told(self, code: str | None) -> str:
        """A condition or a cause in words; a stranger's text is said to be one."""
        return told(code, self.translate, self.request.app.state.conditions) if code else ""

    def ago(self, ms: int | None) -> str:
        """How long ago."""
        return "–" if ms is None else spoken(self.now - ms, self.translate)

    def _is(self, roles: tuple[str, ...]) -> bool:
        return self.person is not None and self.person.kind in roles

    def _names(self) -> dict[str, Any]:
        return {
            "_": self.translate,
            "told": self.told,
            "language": self.language,
            "languages": LANGUAGES,
            "person": self.person,
            "open_reading": self.room.open_reading,
            "now": self.now,
            "clock": self.clock,
            "ago": self.ago,
            "path": self.request.url.path,
            "places": [(path, self.translate(words)) for path, words, roles in PLACES if self._is(roles)],
            "zone": str(self.zone),
            "static": f"/static/{self.request.app.state.static_version}",
            "live": None,
            "after": 0,
        }

    def page(self, template: str, status: int = 200, **names: Any) -> HTMLResponse:
        """The template with the names, in the person's language."""
        templates: Environment = self.request.app.state.templates
        text = templates.get_template(template).render(self._names() | names)
        return HTMLResponse(text, status, headers={"vary": "cookie, authorization"})


class SignInFirst(Exception):
    """Nobody is signed in: the page is shown after that."""


async def visitor(request: Request) -> View:
    """The view of somebody who may read pages; strangers are sent to sign in."""
    person = await who(request)
    if person is None:
        raise SignInFirst
    return View(request, person)


Visitor = Annotated[View, Depends(visitor)]


def local_path(text: str | None) -> str:
    """Where to go on after signing in: a path of ours, never another site."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or any(ord(c) < 33 for c in text):
        return "/"
    return text
