"""An HTTP server that answers as Grafana's documented dashboard, folder and version interfaces do. No Grafana."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

TOKEN = "glsa_0123456789abcdefghijABCDEFGHIJ_01234567"
Answer = tuple[int, Any]


class GrafanaLike(ThreadingHTTPServer):
    """What it keeps: dashboards with meta and versions, folders; `instead` answers everything where it is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.folders: dict[str, str] = {}
        self.versions: dict[str, list[dict[str, Any]]] = {}
        self.provisioned: set[str] = set()
        self.placed: dict[str, str] = {}
        self.posts: list[str] = []
        self.tokens: set[str] = set()
        self.instead: tuple[int, str, str] | None = None
        self.may_write = True
        self.wait_s = 0.0
        self.plain_versions = False
        self.before_save: Any = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: who asked has gone."""

    def keep(self, dashboard: dict[str, Any], folder: str, message: str, by: str) -> Answer:
        """Save a version."""
        uid = dashboard["uid"]
        version = len(self.versions.get(uid, [])) + 1
        self.dashboards[uid] = dashboard | {"id": 7, "version": version}
        self.placed[uid] = folder
        self.versions.setdefault(uid, []).insert(0, {"version": version, "message": message, "createdBy": by})
        return 200, {"id": 7, "uid": uid, "status": "success", "version": version, "url": f"/d/{uid}/x"}

    def answer(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        """What it answers to a request with a good token."""
        parts = urlsplit(path).path.strip("/").split("/")
        if method == "POST":
            self.posts.append(path)
            return self._post(path, body)
        if parts[:2] == ["api", "folders"]:
            title = self.folders.get(parts[2])
            return (404, {"message": "folder not found"}) if title is None else (200, {"uid": parts[2], "title": title})
        if parts[-1] == "versions":
            told = self.versions[parts[3]][:1]
            return 200, told if self.plain_versions else {"continueToken": "", "versions": told}
        uid = parts[3]
        if uid not in self.dashboards:
            return 404, {"message": "Dashboard not found"}
        meta = {"folderUid": self.placed[uid], "provisioned": uid in self.provisioned, "slug": "x"}
        return 200, {"dashboard": self.dashboards[uid], "meta": meta}

    def _post(self, path: str, body: dict[str, Any]) -> Answer:
        if not self.may_write:
            return 403, {"message": "You'll need additional permissions to perform this action."}
        if path == "/api/folders":
            self.folders[body["uid"]] = body["title"]
            return 200, {"uid": body["uid"], "title": body["title"]}
        if self.before_save is not None:
            self.before_save()
        dashboard, uid = body["dashboard"], body["dashboard"]["uid"]
        if body["folderUid"] and body["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        there = self.dashboards.get(uid)
        if there is not None and there["version"] != dashboard.get("version", 0) and not body["overwrite"]:
            told = "The dashboard has been changed by someone else"
            return 412, {"message": told, "status": "version-mismatch"}
        return self.keep(dashboard, body["folderUid"], body["message"], "sa-1-hallwatch")


class _Asked(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict[str, Any]) -> None:
        grafana = cast(GrafanaLike, self.server)
        time.sleep(grafana.wait_s)
        token = self.headers.get("Authorization", "")
        if grafana.instead is not None:
            status, kind, text = grafana.instead
            self._send(status, kind, text)
        elif self.path == "/api/health":
            self._send(200, "application/json", json.dumps({"database": "ok", "version": "11.6.0", "commit": "x"}))
        elif token != f"Bearer {TOKEN}":
            self._send(401, "application/json", json.dumps({"message": "Invalid API key"}))
        else:
            status, told = grafana.answer(self.command, self.path, body)
            self._send(status, "application/json; charset=UTF-8", json.dumps(told))

    def _send(self, status: int, kind: str, text: str) -> None:
        raw = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        if status in (301, 302):
            self.send_header("Location", text)
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def grafana_like() -> Iterator[GrafanaLike]:
    """Started on a free port, stopped at the end."""
    server = GrafanaLike()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
