"""`hallwatch labels`: the stickers of a hall's devices as a PDF to be printed."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection

from api.pages.labels import HINT
from hallwatch.compose import open_store, page_address
from hallwatch.console import Config, _, err, fail, out
from hallwatch.settings_file import Loaded, load
from hallwatch.translations import translator
from reports import labels
from reports.fonts import NoFont
from store.database import reading
from store.pages import EVERYTHING, AnyRow, Rows, device_rows, hall_row, hall_rows

HallId = Annotated[str, typer.Argument(metavar="HALL", help=_("The hall's id"))]
File = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help=_("The PDF to write"))]


def write(hall: HallId, output: File, config: Config = None) -> None:
    """Write the sheets in the language of the site."""
    loaded = load(config)
    row, devices = _found(loaded, hall)
    site = translator(loaded.settings.site.language)
    if not loaded.settings.http.url:
        err.print(
            _("The settings have no http.url: the codes lead to {url}").format(url=page_address(loaded)), style="yellow"
        )
    stickers = labels.of_devices(devices, page_address(loaded), site)
    try:
        made = labels.sheets(stickers, f"{row.name} · hallwatch", site(HINT), loaded.settings.site.language)
        output.write_bytes(made[0])
    except (NoFont, labels.TooMany) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{output}: {error.strerror or error}")
    out.print(_("{count} stickers: {file}").format(count=len(stickers), file=output))


def _found(loaded: Loaded, hall: str) -> tuple[AnyRow, Rows]:
    engine = open_store(loaded)
    try:
        with reading(engine) as conn:
            row = hall_row(conn, EVERYTHING, hall)
            if row is None:
                _no_hall(conn, hall)
            return row, device_rows(conn, EVERYTHING, "", labels.MOST + 1, hall=hall)
    finally:
        engine.dispose()


def _no_hall(conn: Connection, hall: str) -> NoReturn:
    near = get_close_matches(hall, [one.id for one in hall_rows(conn, EVERYTHING)], 1)
    hint = _("; did you mean {near}?").format(near=near[0]) if near else ""
    fail(_("There is no {what} {id}").format(what=_("hall"), id=hall[:64]) + hint)
