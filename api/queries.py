"""Queries say only what a route knows: a parameter that it does not know is refused, never passed over."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any

from fastapi import Depends, Request

from api.auth import Asker, asker
from api.problems import Problem

_TOLD = 20


def _taken(dependant: Any) -> Iterator[str]:
    """The names of the query parameters that a route and what it depends on take."""
    for parameter in dependant.query_params:
        yield parameter.alias
    for one in dependant.dependencies:
        yield from _taken(one)


def _reason(name: str, known: list[str]) -> str:
    if name in known:
        return "given more than once"
    near = get_close_matches(name.lower(), known, 1)
    if near:
        return f"not known here; did you mean `{near[0]}`?"
    return f"not known here; known: {', '.join(known)}" if known else "not known here; there are none"


def only_known(request: Request, _: Annotated[Asker, Depends(asker)]) -> None:
    """Refuse what the route would ignore, for those who may ask at all. Raises `Problem` 422 with the near miss."""
    known = sorted(set(_taken(request.scope["route"].dependant)))
    given = request.query_params
    wrong = [name for name in given if name not in known or len(given.getlist(name)) > 1]
    if wrong:
        faults = [{"place": ["query", name[:64]], "reason": _reason(name, known)} for name in wrong[:_TOLD]]
        raise Problem(422, "The request is not as it should be.", faults)
