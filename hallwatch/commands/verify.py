"""`hallwatch verify`: whether the sealed months are what was sealed, by chain and last printed head."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hallwatch.compose import open_store
from hallwatch.console import AsJson, Config, _, fail, out, show_json
from hallwatch.settings_file import load
from reports.chain import UNSAID, BadHead, Verified, parse_head
from reports.chain import verify as verified
from reports.recomputed import recompute as recomputed
from store.database import reading
from store.seals import Head

USAGE = 2
HeadText = Annotated[
    str | None, typer.Option("--head", metavar="N:HASH", help=_("The head printed on the newest report that you have"))
]
Recompute = Annotated[
    bool, typer.Option("--recompute", help=_("Also compute every sealed statement again from its facts"))
]


def verify(head: HeadText = None, recompute: Recompute = False, config: Config = None, as_json: AsJson = False) -> None:
    """Look at every seal, link and paper; exit code 1 where anything is not as it was sealed."""
    printed = _head(head)
    engine = open_store(load(config))
    try:
        with reading(engine) as conn:
            found = verified(conn, printed)
            if recompute:
                found = found._replace(findings=(*found.findings, *recomputed(conn)))
    finally:
        engine.dispose()
    if as_json:
        show_json(_document(found, printed))
    else:
        _show(found, printed)
    if found.findings:
        raise typer.Exit(1)


def _head(text: str | None) -> Head | None:
    try:
        return None if text is None else parse_head(text)
    except BadHead:
        fail(_("--head: not a number and a hash such as 12:9f8e7d6c5b4a3210, as reports print it"), USAGE)


def _show(found: Verified, printed: Head | None) -> None:
    for one in found.findings:
        out.print(f"✗ {one.words(_)}", style="red")
    if not found.findings:
        out.print("✓ " + _("{n} seals, each as it was sealed").format(n=found.seals), style="green")
    if printed is None:
        out.print(_(UNSAID), style="yellow")
    out.print(_("head: {head}").format(head=found.head or _("none, nothing is sealed yet")))


def _document(found: Verified, printed: Head | None) -> dict[str, Any]:
    told = [{"code": one.code, "reason": one.words(_)} | dict(one.values) for one in found.findings]
    return {
        "seals": found.seals,
        "head": None if found.head is None else str(found.head),
        "against": None if printed is None else str(printed),
        "good": not found.findings,
        "findings": told,
    }
