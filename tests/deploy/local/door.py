"""A gateway as tests try it: Caddy itself with our file, and an echo behind each upstream."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from deploy.local import environment, keys, ports
from deploy.local.environment import SERVICES, Layout
from deploy.local.places import ROOT

CADDY = str(Path(sys.executable).with_name("caddy"))
CADDYFILE = str(ROOT / "deploy/gateway/Caddyfile")
ROUTES = ROOT / "deploy/local/routes.caddy"


class Echo(BaseHTTPRequestHandler):
    """Says what has arrived, and at which port."""

    def do_GET(self) -> None:
        """With the address that the services take for the caller's."""
        told = {"path": self.path, "for": self.headers.get("X-Forwarded-For")}
        self._say({"who": self.connection.getsockname()[1], **told})

    def do_PUT(self) -> None:
        """With the host that was signed."""
        self._say({"host": self.headers.get("Host"), "path": self.path})

    def _say(self, told: Mapping[str, object]) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        if "inline" in self.path:
            self.send_header("Content-Disposition", "inline")
            self.send_header("Cache-Control", "immutable")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Door:
    """A running gateway, with an echo behind each upstream."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._names = {port: name for name, port in layout.ports.items()}

    def get(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, dict[str, str]]:
        """Status, who answered (or the body), and the answer's fields or headers."""
        answer, body = self._ask(self.layout.gateway_port, "GET", path, headers)
        if body.startswith("{"):
            told = json.loads(body)
            return answer.status, self._names[told.pop("who")], told
        return answer.status, body, dict(answer.getheaders())

    def file(
        self, method: str, path: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers of an answer from the origin of files."""
        answer, body = self._ask(self.layout.ports["files"], method, path, headers)
        return answer.status, body, dict(answer.getheaders())

    def _ask(
        self, port: int, method: str, path: str, headers: Mapping[str, str] | None
    ) -> tuple[HTTPResponse, str]:
        connection = HTTPConnection(ports.HOST, port, timeout=5)
        connection.putrequest(method, path)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body


@contextmanager
def echoes(numbers: list[int]) -> Iterator[None]:
    """One at each of these ports."""
    servers = [ThreadingHTTPServer((ports.HOST, number), Echo) for number in numbers]
    for server in servers:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def layout_in(folder: Path) -> Layout:
    """Free ports for a gateway and all that may stand behind it."""
    *numbers, gateway = ports.choose(len(environment.PORTS) + 1)
    chosen = dict(zip(environment.PORTS, numbers, strict=True))
    return Layout(chosen, keys.throw_away(), folder, gateway)


def environment_of(
    layout: Layout, *, local: bool, spa: Path | None, trusted: str = ""
) -> dict[str, str]:
    """What Caddy's process is told, in the local mode or elsewhere."""
    made = {**os.environ, **environment.gateway(layout, ROUTES, spa)}
    made["GATEWAY_TRUSTED_PROXIES"] = trusted
    if not local:
        del made["GATEWAY_EXTRA_ROUTES"], made["PORTAL_UPSTREAM"]
    return made


@contextmanager
def open_door(
    folder: Path,
    *,
    local: bool = True,
    spa: Path | None = None,
    echo: bool = True,
    trusted: str = "",
) -> Iterator[Door]:
    """A running gateway; `trusted` says whose X-Forwarded-For counts."""
    layout = layout_in(folder)
    log = folder / "caddy.log"
    behind = [layout.ports[name] for name in (*SERVICES, "vendors", "objects")] if echo else []
    with echoes(behind), log.open("wb") as out:
        process = subprocess.Popen(
            [CADDY, "run", "--adapter", "caddyfile", "--config", CADDYFILE],
            env=environment_of(layout, local=local, spa=spa, trusted=trusted),
            cwd=folder,
            stdout=out,
            stderr=out,
        )
        try:
            while ports.is_free(layout.gateway_port):
                assert process.poll() is None, log.read_text()
                time.sleep(0.02)
            yield Door(layout)
        finally:
            process.terminate()
            process.wait()
