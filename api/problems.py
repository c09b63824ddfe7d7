"""Errors as problem documents (RFC 9457); pages get the same in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api.words import N_
from store.fault import Busy, DiskFull, Unreachable
from store.papers import BadPaper

MEDIA_TYPE = "application/problem+json"
ALTERED = "What was published or sealed here is gone or was altered in the database: run `hallwatch verify`."
NO_DATABASE = N_("The database does not answer now. Please try again in a moment.")
_log = structlog.get_logger(__name__)


class Problem(Exception):
    """An answer that is an error: `status`, a `detail` for people, the single `faults` where there are several."""

    def __init__(
        self,
        status: int,
        detail: str = "",
        faults: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or HTTPStatus(status).phrase)
        self.status = status
        self.detail = detail
        self.faults = list(faults)
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The members of RFC 9457; `errors` holds the single faults."""
        members: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
        }
        if self.detail:
            members["detail"] = self.detail
        if self.faults:
            members["errors"] = self.faults
        return members


def not_found() -> Problem:
    """It does not exist, or not for whoever asks: the same answer for both."""
    return Problem(404, "There is no such thing here, or it is not yours to see.")


def answer(problem: Problem) -> JSONResponse:
    """The problem as a response."""
    return JSONResponse(problem.document(), problem.status, problem.headers, media_type=MEDIA_TYPE)


def of_http(error: HTTPException) -> Problem:
    """The framework's own errors: unknown path, wrong method."""
    known = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
    return Problem(error.status_code, known, headers=error.headers)


def of_validation(error: RequestValidationError) -> Problem:
    """Every fault of the request with its place; the values themselves are not repeated."""
    faults = [{"place": [str(step) for step in one["loc"]], "reason": one["msg"]} for one in error.errors()[:50]]
    return Problem(422, "The request is not as it should be.", faults)


def is_api(request: Request) -> bool:
    """Whether a program asks (JSON) and not a person (a page)."""
    return request.url.path.startswith(("/api/", "/healthz", "/readyz", "/metrics"))


def install(app: FastAPI, page: Callable[[Request, Problem], Response]) -> None:
    """Answer every error as a problem; `page(request, problem)` answers people."""

    def reply(request: Request, error: Exception) -> Response:
        problem = _problem_of(error)
        return answer(problem) if is_api(request) else page(request, problem)

    for kind in (Problem, HTTPException, RequestValidationError, BadPaper, Unreachable, Busy, DiskFull, Exception):
        app.add_exception_handler(kind, reply)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return of_http(error)
    if isinstance(error, RequestValidationError):
        return of_validation(error)
    if isinstance(error, BadPaper):
        return Problem(500, ALTERED)
    if isinstance(error, Unreachable | Busy | DiskFull):
        _log.error("pages.no_database", error=str(error))
        return Problem(503, NO_DATABASE, headers={"Retry-After": "10"})
    return Problem(500)
