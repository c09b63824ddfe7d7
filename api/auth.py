"""Who asks, by bearer token or session cookie, and what the role may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.context import Context
from api.problems import Problem, not_found
from store.database import reading
from store.pages import EVERYTHING, Scope
from store.tokens import find_token

COOKIE: Final = "hallwatch_session"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody with a role: admin, operator, viewer, vendor:ID, hall:ID, collector:ID."""

    name: str
    role: str

    @property
    def kind(self) -> str:
        """The role without its id."""
        return self.role.partition(":")[0]

    @property
    def of(self) -> str:
        """The id in the role, empty without one."""
        return self.role.partition(":")[2]

    @property
    def scope(self) -> Scope | None:
        """What it may read; None: nothing but what a collector fetches."""
        if self.kind in ("admin", "operator", "viewer"):
            return EVERYTHING
        if self.kind == "vendor" and self.of:
            return Scope(vendor=self.of)
        if self.kind == "hall" and self.of:
            return Scope(hall=self.of)
        return None


ANYBODY: Final = Asker("anybody", "viewer")
"""Who reads a demo on loopback without signing in."""


def context_of(request: Request) -> Context:
    """The context that the application was made with."""
    context: Context = request.app.state.context
    return context


def bearer(request: Request) -> str | None:
    """The token in the Authorization header, if there is one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def from_elsewhere(request: Request) -> bool:
    """Whether a browser says that another site made it ask."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")


def known_by(context: Context, token: str) -> Asker | None:
    """Whose token it is, None for an unknown or revoked one."""
    with reading(context.engine) as conn:
        found = find_token(conn, token)
    return Asker(found.name, found.role) if found else None


async def who(request: Request) -> Asker | None:
    """Who asks, None for a stranger. A cookie alone never writes for another site (CSRF)."""
    context = context_of(request)
    token = bearer(request)
    if token is None:
        token = request.cookies.get(COOKIE)
        if token and request.method not in _SAFE and from_elsewhere(request):
            raise Problem(403, "This request came from another site.")
    if token:
        known = await run_in_threadpool(known_by, context, token)
        if known is not None or bearer(request):
            return known
    return ANYBODY if context.open_reading and request.method in _SAFE else None


async def asker(request: Request) -> Asker:
    """Who asks; raises `Problem` 401 for a stranger."""
    found = await who(request)
    if found is None:
        raise Problem(401, "Sign in, or send a bearer token.", headers=_CHALLENGE)
    return found


def reader(found: Annotated[Asker, Depends(asker)]) -> Scope:
    """The scope of a reader; raises `Problem` 403 for a role that reads nothing here."""
    if found.scope is None:
        raise Problem(403, "This token does not read here.")
    return found.scope


def administrator(found: Annotated[Asker, Depends(asker)]) -> Asker:
    """An administrator; raises `Problem` 403 for everybody else."""
    if found.kind != "admin":
        raise Problem(403, "This takes the role admin.")
    return found


def operator(found: Annotated[Asker, Depends(asker)]) -> Asker:
    """An operator or an administrator; raises `Problem` 403 for everybody else."""
    if found.kind not in ("admin", "operator"):
        raise Problem(403, "This takes the role operator or admin.")
    return found


def staff(found: Annotated[Asker, Depends(asker)]) -> Asker:
    """Somebody who sees the whole installation; raises `Problem` 403 otherwise."""
    if found.scope != EVERYTHING:
        raise Problem(403, "This takes the role admin, operator or viewer.")
    return found


def collector(id: str, found: Annotated[Asker, Depends(asker)]) -> str:
    """The collector whose part is asked for: its own token, or an administrator's; others learn nothing."""
    if found.kind == "admin" or found.role == f"collector:{id}":
        return id
    raise not_found()


Reading = Annotated[Scope, Depends(reader)]
Administrator = Annotated[Asker, Depends(administrator)]
Operator = Annotated[Asker, Depends(operator)]
Staff = Annotated[Asker, Depends(staff)]
OwnCollector = Annotated[str, Depends(collector)]
Room = Annotated[Context, Depends(context_of)]
