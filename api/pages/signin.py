"""Signing in with a token, signing out, and the language."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.auth import COOKIE, Room, from_elsewhere, known_by
from api.pages.view import LANGUAGE_COOKIE, LANGUAGES, View, local_path
from api.problems import Problem, not_found

router = APIRouter(include_in_schema=False)
SESSION_S = 12 * 3600
Next = Annotated[str | None, Form(alias="next", max_length=2000)]


@router.get("/sign-in")
def form(request: Request, next: str | None = None) -> Response:
    """The form."""
    return View(request, None).page("sign_in.html", next=local_path(next), refused=False)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    room: Room,
    token: Annotated[str, Form(max_length=512)] = "",
    next: Next = None,
) -> Response:
    """Put the token into the session cookie where it is known."""
    if from_elsewhere(request):
        raise Problem(403, "This request came from another site.")
    found = await run_in_threadpool(known_by, room, token.strip())
    if found is None or found.scope is None:
        return View(request, None).page("sign_in.html", 401, next=local_path(next), refused=True)
    answer = RedirectResponse(local_path(next), 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token.strip(), SESSION_S, httponly=True, samesite="strict", secure=secure)
    return answer


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """Forget the session."""
    if from_elsewhere(request):
        raise Problem(403, "This request came from another site.")
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


@router.get("/language/{code}")
def language(code: str, next: str | None = None) -> Response:
    """Keep the language, and go on."""
    if code not in LANGUAGES:
        raise not_found()
    answer = RedirectResponse(local_path(next), 303)
    answer.set_cookie(LANGUAGE_COOKIE, code, 400 * 86_400, httponly=True, samesite="lax")
    return answer
