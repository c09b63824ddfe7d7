"""`hallwatch token`: bearer tokens for people, vendors, halls and collectors."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import Connection

from collector.observation import render_instant
from hallwatch.compose import now_ms, open_store
from hallwatch.console import AsJson, Config, _, err, fail, out, show_json
from hallwatch.settings_file import load
from store import tokens
from store.database import place_of, reading, writing
from store.inventory import load as load_city

app = typer.Typer(help=_("Create, list and revoke bearer tokens"), no_args_is_help=True)

Name = Annotated[str, typer.Argument(help=_("Whose token it is"))]
RoleOption = Annotated[
    str, typer.Option("--role", help="admin | operator | viewer | vendor:ID | hall:ID | collector:ID")
]


@app.command("create", help=_("Print a new bearer token once, as the last word"))
def create(name: Name, role: RoleOption, config: Config = None) -> None:
    """Make a token and print it; the database keeps only its hash."""
    try:
        store = open_store(load(config))
        with writing(store) as conn:
            secret = tokens.create(conn, name, role, now_ms())
            known = _is_known(conn, tokens.parse_role(role))
    except tokens.BadToken as error:
        fail(str(error))
    if not known:
        err.print(_("The inventory does not know {role} yet.").format(role=role), style="yellow")
    where = place_of(store.url)
    err.print(_("It is a token for the database {where}.").format(where=where), soft_wrap=True)
    out.print(_("Keep it safe, it is not shown again: {token}").format(token=secret))


def _is_known(conn: Connection, role: tokens.Role) -> bool:
    """Whether the inventory has the vendor, hall or collector of a role."""
    city = load_city(conn)
    collectors = {device.collector for device in city.devices.values()}
    known = {"vendor": city.vendors, "hall": city.halls, "collector": collectors}
    return role.kind not in known or role.id in known[role.kind]


@app.command("list", help=_("Who has a token"))
def show(config: Config = None, as_json: AsJson = False) -> None:
    """List names and roles, never a token."""
    with reading(open_store(load(config))) as conn:
        found = tokens.all_tokens(conn)
    rows = [
        {
            "name": token.name,
            "role": token.role,
            "created_at": render_instant(token.created_at),
            "revoked_at": None if token.revoked_at is None else render_instant(token.revoked_at),
        }
        for token in found
    ]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        out.print("  ".join(str(value) for value in row.values() if value is not None))
    if not rows:
        out.print(_("No tokens yet; make one: hallwatch token create NAME --role admin"))


@app.command("revoke", help=_("End a token from now on"))
def revoke(name: Name, config: Config = None) -> None:
    """Revoke by name."""
    with writing(open_store(load(config))) as conn:
        done = tokens.revoke(conn, name, now_ms())
    if not done:
        fail(_("There is no such token, or it is revoked already."))
