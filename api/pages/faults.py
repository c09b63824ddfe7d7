"""Errors in words."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.pages.view import View
from api.problems import Problem
from api.words import N_

_SAID: Final = {
    401: N_("Please sign in."),
    403: N_("Your token does not allow this."),
    404: N_("There is no such page, or it is not yours to see."),
    405: N_("This page does not take that."),
    422: N_("The address of this page is not as it should be."),
    500: N_("Something went wrong on our side. It has been written down."),
}


def fault_page(request: Request, problem: Problem) -> HTMLResponse:
    """The problem as a page."""
    view = View(request, None)
    said = _SAID.get(problem.status) or problem.detail
    words = view.translate(said) if said else ""
    return view.page("fault.html", problem.status, number=problem.status, words=words)


def to_sign_in(request: Request, _: Exception) -> RedirectResponse:
    """To the sign-in form, and back from there."""
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?next={quote(path, safe='')}", 303)
