"""How people are told: channels, templates with a preview, what went out."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from alerts.wording import PLACEHOLDERS
from api.auth import Asker
from api.pages.view import View, Visitor
from api.posted import Form
from api.problems import Problem
from api.trial import begin, wait
from api.ways import ways
from api.wordings import preview_of, refusals, template_of, wording
from api.words import N_
from sla.instant import parse
from store import attempts, templates
from store.database import reading, writing
from store.notice_list import Asked, find, listed

router = APIRouter(include_in_schema=False)
WAIT_S: Final = 8
SHOWN: Final = 20
KINDS: Final = {
    "mail": N_("e-mail"),
    "mqtt": N_("MQTT alerts"),
    "wecom": N_("WeCom robot"),
    "dingtalk": N_("DingTalk robot"),
    "feishu": N_("Feishu robot"),
    "webhook": N_("webhook"),
    "sms": N_("SMS gateway"),
    "apprise": N_("Apprise"),
}
NAMES: Final = {
    "opened": N_("New fault"),
    "reopened": N_("Fault is back"),
    "rejected": N_("Not restored"),
    "restored": N_("Restored"),
    "withdrawn": N_("Withdrawn"),
    "warning": N_("Warning"),
    "escalation": N_("Escalation"),
    "hall_dark": N_("Hall is dark"),
    "digest": N_("Digest"),
    "changed": N_("Changed"),
    "test": N_("Test message"),
}
OUTCOMES: Final = {
    "sent": N_("taken"),
    "failed": N_("failed"),
    "refused": N_("refused for good"),
    "unknown": N_("not known: its sender died"),
    "waiting": N_("waiting"),
    "begun": N_("under way"),
    "given_up": N_("given up"),
}


def writer(view: Visitor) -> tuple[View, Asker]:
    """Somebody who may see how people are told. Raises `Problem` 403."""
    if view.person is None or view.person.kind not in ("admin", "operator"):
        raise Problem(403, "This takes the role operator or admin.")
    return view, view.person


Writer = Annotated[tuple[View, Asker], Depends(writer)]


@router.get("/channels")
def channels(by: Writer, tested: Annotated[int | None, Query(ge=0, le=1 << 62)] = None) -> HTMLResponse:
    """Channels, what failed lately, the templates."""
    return _page(by[0], tested)


@router.post("/channels/{name}/test")
async def test(name: str, by: Writer, form: Form) -> Response:
    """Send a test and come back with the answer."""
    view, person = by
    try:
        notice = await run_in_threadpool(begin, view.room, person, name, form.get("to"))
    except Problem as problem:
        if problem.status != 422:
            raise
        said = {"name": name, "to": form.get("to"), "reason": str(problem.faults[0]["reason"])}
        return await run_in_threadpool(_page, view, None, said)
    await run_in_threadpool(wait, view.room, notice, WAIT_S)
    return RedirectResponse(f"/channels?tested={notice}", 303)


def _page(view: View, tested: int | None, wrong: dict[str, str] | None = None) -> HTMLResponse:
    with reading(view.room.engine) as conn:
        failed = listed(conn, Asked(failed=True), None, SHOWN)
        tries = attempts.of_notices(conn, [one.id for one in failed])
        changed = templates.newest(conn)
        result = _result(conn, tested) if tested is not None else None
        shown = ways(conn, view.room)
    return view.page(
        "channels.html",
        422 if wrong else 200,
        ways=shown,
        at=partial(_at, view),
        kinds=KINDS,
        failed=[(one, tries[one.id][-1]) for one in failed if tries.get(one.id)],
        names=NAMES,
        outcomes=OUTCOMES,
        changed=set(changed),
        result=result,
        wrong=wrong,
    )


def _at(view: View, instant: str) -> str:
    """An instant of the JSON on the site's wall."""
    return view.clock(parse(instant), "%m-%d %H:%M:%S")


def _result(conn: Connection, tested: int) -> dict[str, str] | None:
    notice = find(conn, tested)
    if notice is None or not notice.key.startswith("test/"):
        return None
    tries = attempts.of_notices(conn, [tested]).get(tested, [])
    name = notice.key.split("/")[1]
    if not tries:
        return {"name": name, "outcome": "waiting", "answer": ""}
    return {"name": name, "outcome": tries[-1].outcome, "answer": tries[-1].answer}


@router.get("/channels/templates/{name}/{language}")
def template(name: str, language: str, by: Writer) -> HTMLResponse:
    """The editor of a message's words."""
    view = by[0]
    with reading(view.room.engine) as conn:
        one = wording(conn, name, language)
    return _editor(view, name, language, one.subject, one.text)


@router.post("/channels/templates/{name}/{language}")
def save(name: str, language: str, by: Writer, form: Form) -> Response:
    """Save the words, show them filled in, or have ours again."""
    view, person = by
    template_of(name, language)
    subject, text = form.get("subject"), form.get("text").replace("\r\n", "\n")
    if form.get("do") == "ours":
        subject = text = ""
    wrong = refusals(subject, text)
    if wrong or form.get("do") == "preview":
        return _editor(view, name, language, subject, text, wrong)
    with writing(view.room.engine) as conn:
        templates.put(conn, name, language, subject, text, view.now, person.name)
    return RedirectResponse(f"/channels/templates/{quote(name)}/{quote(language)}", 303)


def _editor(
    view: View, name: str, language: str, subject: str, text: str, wrong: list[tuple[str, str]] | None = None
) -> HTMLResponse:
    with reading(view.room.engine) as conn:
        one = wording(conn, name, language)
    return view.page(
        "channel_template.html",
        422 if wrong else 200,
        one=one,
        subject=subject,
        text=text,
        wrong=wrong or [],
        shown=None if wrong else preview_of(name, language, subject, text),
        names=NAMES,
        at=partial(_at, view),
        holes=PLACEHOLDERS,
    )
