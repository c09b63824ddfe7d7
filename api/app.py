"""The application: routes, pages, errors and headers put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api import (
    acts,
    applied,
    calendars,
    complaints,
    contracts,
    corrections,
    devices,
    disputes,
    dossier,
    findings,
    halls,
    health,
    imports,
    inventory,
    made,
    maintenance,
    monthly,
    observations,
    outages,
    photos,
    problems,
    publishing,
    reports,
    scorecard,
    statements,
    stream,
    telling,
    tickets,
)
from api import whatif as what_if
from api.board import Board
from api.context import Context
from api.headers import KnownHosts, SafeHeaders
from api.pages import (
    agreements,
    board,
    channels,
    decide,
    device,
    hall,
    intake,
    labels,
    plans,
    signin,
    wall,
    whatif,
    work,
)
from api.pages import monthly as monthly_pages
from api.pages import statements as statement_pages
from api.pages import tickets as ticket_pages
from api.pages.faults import fault_page, to_sign_in
from api.pages.view import HERE, SignInFirst, environment, static_version
from api.queries import only_known

_NOUNS: Final = (
    devices,
    observations,
    halls,
    outages,
    imports,
    tickets,
    acts,
    complaints,
    photos,
    maintenance,
    corrections,
    contracts,
    calendars,
    applied,
    reports,
    monthly,
    scorecard,
    made,
    statements,
    findings,
    what_if,
    dossier,
    publishing,
    disputes,
    telling,
    inventory,
    stream,
)
_PAGES: Final = (
    wall,
    hall,
    device,
    board,
    intake,
    labels,
    work,
    decide,
    ticket_pages,
    plans,
    agreements,
    monthly_pages,
    statement_pages,
    whatif,
    channels,
    signin,
)


class _Static(StaticFiles):
    """Static files under the digest of all of them: a browser may keep them for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file."""
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    feed: stream.Feed = app.state.feed
    task = asyncio.create_task(feed.run())
    try:
        yield
    finally:
        feed.close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def create_app(context: Context) -> FastAPI:
    """The interface of one installation. `app.state.feed.close()` ends the streams before the server stops."""
    app = FastAPI(
        title="hallwatch",
        version=context.version,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.context = context
    app.state.feed = stream.Feed(context)
    app.state.board = Board(context.policies)
    app.state.templates = environment()
    app.state.static_version = static_version()
    app.state.conditions = frozenset(name for one in context.policies.values() for name in getattr(one, "owners", ()))
    base = APIRouter(prefix="/api/v1", dependencies=[Depends(only_known)])
    for noun in _NOUNS:
        base.include_router(noun.router)
    app.include_router(base)
    app.include_router(health.router)
    for page in _PAGES:
        app.include_router(page.router)
    app.router.routes.append(Mount("/static/{version}", _Static(directory=HERE / "static"), name="static"))
    problems.install(app, fault_page)
    app.add_exception_handler(SignInFirst, to_sign_in)
    app.add_middleware(GZipMiddleware, minimum_size=2000, compresslevel=4)
    app.add_middleware(SafeHeaders)
    if context.open_reading:
        app.add_middleware(KnownHosts, hosts=context.hosts)
    return app
