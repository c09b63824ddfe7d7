"""A Grafana by what the command line says of it: its address, a token by reference, an authority."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from dashboards.grafana import Grafana, GrafanaError, connect
from hallwatch.console import _, err, fail
from hallwatch.secret import NoSecret, reveal

USAGE = 2


@contextmanager
def grafana_at(url: str, token: str, ca: Path | None) -> Iterator[Grafana]:
    """Ends the program with a clear message where the address, the token or Grafana is no good."""
    parts = _address(url)
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        err.print(_("The token goes there in clear text: use https."), style="yellow")
    try:
        with connect(url.rstrip("/"), _secret(token), ca) as grafana:
            yield grafana
    except GrafanaError as error:
        fail(f"{url}: {error.words(_)}")


def _address(url: str) -> SplitResult:
    told = _("--url: an address such as https://grafana.example, without a name, password or question mark")
    try:
        parts = urlsplit(url)
        good = parts.port != 0 and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fail(told, USAGE)
    if not good or parts.username or parts.password or parts.query or parts.fragment or not url.isprintable():
        fail(told, USAGE)
    return parts


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secret(token: str) -> str:
    if not token.startswith(("env:", "file:")):
        told = _("--token: env:NAME or file:PATH; a token on the command line is seen by everybody on the machine")
        fail(told, USAGE)
    try:
        found = reveal(token, "--token") or ""
    except NoSecret as error:
        fail(str(error), USAGE)
    if not found.isascii() or not found.isprintable() or not found or " " in found:
        fail(_("--token: what is there is no token: empty, or with spaces or signs that no token has"), USAGE)
    return found
