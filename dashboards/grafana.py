"""Grafana's HTTP interface as far as a push needs it: folders, dashboards by UID, and who saved one last."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx2

TIMEOUT_S: Final = 15.0
_SHOWN: Final = 200

Document = dict[str, Any]


def N_(text: str) -> str:  # noqa: N802 - the usual mark for strings that are translated later
    """The text itself."""
    return text


class GrafanaError(Exception):
    """Why one dashboard could not be saved: an English text with places for its values."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.values = values

    def words(self, translate: Callable[[str], str]) -> str:
        """The text in a person's language."""
        return translate(self.message).format(**self.values)


class NoGrafana(GrafanaError):
    """Why nothing can be done there at all: not reachable, not Grafana, or not allowed."""


class Stored(NamedTuple):
    """A dashboard as Grafana has it: its version, its folder's UID ("" at the top), whether a file provisions it."""

    dashboard: Document
    version: int
    folder: str
    provisioned: bool


class Saved(NamedTuple):
    """The newest version of a dashboard: its message and who saved it; both empty where Grafana does not tell."""

    message: str = ""
    by: str = ""


class Grafana:
    """One Grafana. Every method raises `NoGrafana` or `GrafanaError`; neither ever contains the token."""

    def __init__(self, client: httpx2.Client, token: str) -> None:
        self._client = client
        self._token = token

    def version(self) -> str:
        """Which Grafana answers there (`GET /api/health`, which asks for no token)."""
        answer = self._ask("GET", "/api/health")
        if answer.status_code != 200 or "database" not in self._document(answer):
            raise self._foreign(answer)
        return str(self._document(answer).get("version", "?"))

    def folder(self, uid: str) -> str | None:
        """The title of a folder; none where there is none."""
        answer = self._ask("GET", f"/api/folders/{uid}")
        return None if self._missing(answer) else str(self._good(answer).get("title", ""))

    def make_folder(self, uid: str, title: str) -> None:
        """Create a folder."""
        self._good(self._ask("POST", "/api/folders", {"uid": uid, "title": title}))

    def dashboard(self, uid: str) -> Stored | None:
        """A dashboard by its UID; none where there is none."""
        answer = self._ask("GET", f"/api/dashboards/uid/{uid}")
        if self._missing(answer):
            return None
        told = self._good(answer)
        dashboard, meta = told.get("dashboard"), told.get("meta")
        if not isinstance(dashboard, dict) or not isinstance(meta, dict):
            raise self._foreign(answer)
        version = dashboard.get("version")
        folder = str(meta.get("folderUid") or "")
        return Stored(dashboard, version if isinstance(version, int) else 0, folder, meta.get("provisioned") is True)

    def saved(self, uid: str) -> Saved:
        """Who saved the newest version of a dashboard, and what they said."""
        answer = self._ask("GET", f"/api/dashboards/uid/{uid}/versions?limit=1")
        if self._missing(answer):
            return Saved()
        told = self._good(answer)
        versions = told.get("versions")
        newest = versions[0] if isinstance(versions, list) and versions and isinstance(versions[0], dict) else {}
        return Saved(str(newest.get("message") or ""), self._shown(str(newest.get("createdBy") or "")))

    def save(self, dashboard: Document, folder: str, message: str, overwrite: bool) -> None:
        """Save a dashboard; without `overwrite` Grafana refuses where its version is not the newest."""
        body = {"dashboard": dashboard, "folderUid": folder, "message": message, "overwrite": overwrite}
        self._good(self._ask("POST", "/api/dashboards/db", body))

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> httpx2.Response:
        try:
            answer = self._client.request(method, path, json=body)
        except httpx2.HTTPError as error:
            raise NoGrafana(_reason(error), error=self._shown(str(error) or type(error).__name__)) from None
        if answer.is_redirect:
            told = N_("it sends to {where}: is that the right address? A token is not sent after a redirection")
            raise NoGrafana(told, where=self._shown(answer.headers.get("location", "")))
        if answer.status_code == 401:
            raise NoGrafana(N_("the token is not known there, or has run out (401)"))
        if answer.status_code == 403:
            told = N_("the token may not do that (403): {reason}. The service account needs the role Editor")
            raise NoGrafana(told, reason=self._told(answer))
        return answer

    def _missing(self, answer: httpx2.Response) -> bool:
        """Whether Grafana itself says that there is no such thing; another's 404 is no answer of Grafana's."""
        return answer.status_code == 404 and bool(self._document(answer))

    def _good(self, answer: httpx2.Response) -> Document:
        status = answer.status_code
        told = self._document(answer)
        if not told or status == 404:
            raise self._foreign(answer)
        if status >= 500:
            raise NoGrafana(N_("Grafana fails ({status}): {reason}"), status=status, reason=self._told(answer))
        if status >= 400:
            refused = _REFUSED.get(str(told.get("status")), N_("refused ({status}): {reason}"))
            raise GrafanaError(refused, status=status, reason=self._told(answer))
        return told

    def _document(self, answer: httpx2.Response) -> Document:
        try:
            document = answer.json()
        except (ValueError, RecursionError):
            return {}
        if isinstance(document, list):  # versions, as Grafana before 11.4 answers them
            return {"versions": document}
        return document if isinstance(document, dict) else {}

    def _told(self, answer: httpx2.Response) -> str:
        return self._shown(str(self._document(answer).get("message") or answer.reason_phrase))

    def _foreign(self, answer: httpx2.Response) -> NoGrafana:
        kind = answer.headers.get("content-type", "").partition(";")[0] or "?"
        told = N_("no Grafana answers there: status {status}, {kind} (a proxy, or a path that is missing in the URL?)")
        return NoGrafana(told, status=answer.status_code, kind=self._shown(kind))

    def _shown(self, text: str) -> str:
        """A foreign text as it may be shown: one line, bounded, never with the token."""
        line = "".join(char if char.isprintable() else " " for char in text.replace(self._token, "***"))
        return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


_REFUSED: Final = {
    "version-mismatch": N_("somebody saved it meanwhile ({status}): look at the difference again"),
    "name-exists": N_("the folder has another dashboard of that title ({status}): {reason}"),
    "plugin-dashboard": N_("it belongs to a plugin ({status}): {reason}"),
}


def _reason(error: httpx2.HTTPError) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return N_("no answer in time ({error})")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return N_("its certificate is not trusted; --ca names the authority's file ({error})")
    return N_("not reachable ({error})")


@contextmanager
def connect(url: str, token: str, ca: Path | None = None, timeout_s: float = TIMEOUT_S) -> Iterator[Grafana]:
    """A Grafana by its address (a path such as `/grafana` included), with a service account's token.

    `ca` is the file of the authority that signed its certificate. Raises `NoGrafana` where it cannot be read.
    """
    try:
        trust = _trust(url, ca)
    except OSError as error:
        raise NoGrafana(N_("{file} cannot be read as certificates: {error}"), file=ca, error=error) from error
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    with httpx2.Client(base_url=url, headers=headers, timeout=timeout_s, verify=trust) as client:
        yield Grafana(client, token)


def _trust(url: str, ca: Path | None) -> ssl.SSLContext:
    """Whose certificates are good; nobody's where none is asked for, since reading the system's takes its time."""
    if ca is None and not url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return ssl.create_default_context(cafile=ca)
