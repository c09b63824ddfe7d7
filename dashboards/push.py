"""Dashboards into a Grafana by their UIDs: nothing where nothing differs, nothing over what people have changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from dashboards.difference import Change, difference, digest
from dashboards.grafana import N_, Document, Grafana, GrafanaError, NoGrafana, Saved, Stored

MARK: Final = "hallwatch "
"""How the message of a version begins that a push has saved; the content's digest follows."""

Deed = Literal["new", "changed", "same", "edited", "failed"]


class Pushed(NamedTuple):
    """What became of one dashboard: `edited` ones were left alone, `failed` ones say why."""

    uid: str
    title: str
    deed: Deed
    changes: list[Change] = []  # noqa: RUF012 - nobody appends
    saved: Saved = Saved()
    error: GrafanaError | None = None


def push(
    grafana: Grafana, wanted: Iterable[Document], folder: str, *, overwrite: bool = False, dry: bool = False
) -> Iterator[Pushed]:
    """Bring dashboards to what is wanted, one after the other; `dry` only looks. Raises `NoGrafana`.

    New ones go into `folder` (a UID; made where it is missing), others stay where people have put them. One whose
    newest version no push has saved was edited by hand: left alone unless `overwrite`.
    """
    there = dry or grafana.folder(folder) is not None
    for dashboard in wanted:
        stored = grafana.dashboard(str(dashboard["uid"]))
        seen = _look(grafana, stored, dashboard)
        if not dry and (seen.deed in ("new", "changed") or (seen.deed == "edited" and overwrite)):
            if stored is None and not there:
                grafana.make_folder(folder, folder)
                there = True
            seen = _save(grafana, stored, dashboard, seen, folder, overwrite)
        yield seen


def _look(grafana: Grafana, stored: Stored | None, wanted: Document) -> Pushed:
    uid, title = str(wanted["uid"]), str(wanted["title"])
    if stored is None:
        return Pushed(uid, title, "new")
    changes = difference(stored.dashboard, wanted)
    if not changes:
        return Pushed(uid, title, "same")
    if stored.provisioned:
        told = N_("a file provisions it: Grafana takes no push for it; change the file")
        return Pushed(uid, title, "failed", changes, error=GrafanaError(told))
    saved = grafana.saved(uid)
    if saved.message == MARK + digest(wanted):  # Grafana only writes it down in another way
        return Pushed(uid, title, "same")
    return Pushed(uid, title, "changed" if saved.message.startswith(MARK) else "edited", changes, saved)


def _save(
    grafana: Grafana, stored: Stored | None, wanted: Document, seen: Pushed, folder: str, overwrite: bool
) -> Pushed:
    """Save it over the version that was looked at: who saves in between is not overwritten (412) unless so wished."""
    body = wanted | {"id": None}
    if stored is not None:
        body["version"] = stored.version
        folder = stored.folder
    try:
        grafana.save(body, folder, MARK + digest(wanted), overwrite)
    except NoGrafana:
        raise
    except GrafanaError as error:
        return seen._replace(deed="failed", error=error)
    return seen._replace(deed="new" if stored is None else "changed")
