"""The gateway's routes, tried on Caddy itself: what reaches whom, and what reaches nobody."""

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

import pytest

from deploy.local import environment, keys, ports
from deploy.local.environment import SERVICES, Layout
from deploy.local.places import ROOT

CADDY = str(Path(sys.executable).with_name("caddy"))
CADDYFILE = str(ROOT / "deploy/gateway/Caddyfile")
ROUTES = ROOT / "deploy/local/routes.caddy"
LOCAL_ONLY = ("/dev/mailbox?to=a", "/dev/pushes", "/_studyzed/", "/status.json", "/docs")


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        told = {"path": self.path, "for": self.headers.get("X-Forwarded-For")}
        self._say({"who": self.connection.getsockname()[1], **told})

    def do_PUT(self) -> None:
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
def _echoes(numbers: list[int]) -> Iterator[None]:
    servers = [ThreadingHTTPServer((ports.HOST, number), _Echo) for number in numbers]
    for server in servers:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def _layout(folder: Path) -> Layout:
    *numbers, gateway = ports.choose(len(environment.PORTS) + 1)
    chosen = dict(zip(environment.PORTS, numbers, strict=True))
    return Layout(chosen, keys.throw_away(), folder, gateway)


def _environment(layout: Layout, *, local: bool, spa: Path | None) -> dict[str, str]:
    made = {**os.environ, **environment.gateway(layout, ROUTES, spa)}
    if not local:
        del made["GATEWAY_EXTRA_ROUTES"], made["PORTAL_UPSTREAM"]
    return made


@contextmanager
def _door(
    folder: Path, *, local: bool = True, spa: Path | None = None, echo: bool = True
) -> Iterator[Door]:
    layout = _layout(folder)
    log = folder / "caddy.log"
    behind = [layout.ports[name] for name in (*SERVICES, "vendors", "objects")] if echo else []
    with _echoes(behind), log.open("wb") as out:
        process = subprocess.Popen(
            [CADDY, "run", "--adapter", "caddyfile", "--config", CADDYFILE],
            env=_environment(layout, local=local, spa=spa),
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


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """A built web client."""
    folder = tmp_path / "client"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("INDEX")
    (folder / "assets" / "app.js").write_text("JS")
    (folder / ".env").write_text("SECRET")
    return folder


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("with_client", [True, False])
def test_caddyfile_is_valid(tmp_path: Path, client: Path, local: bool, with_client: bool) -> None:
    layout = _layout(tmp_path)
    made = _environment(layout, local=local, spa=client if with_client else None)
    done = subprocess.run(
        [CADDY, "validate", "--adapter", "caddyfile", "--config", CADDYFILE],
        env=made,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_prefixes_are_stripped_and_sockets_are_not(tmp_path: Path) -> None:
    prefixes = {
        "user-service": "user_service",
        "sessions": "session_service",
        "payments": "payment_service",
        "notifications": "notification_service",
        "communication": "message_service",
    }
    with _door(tmp_path) as door:
        for prefix, service in prefixes.items():
            assert door.get(f"/api/{prefix}/v1/x?q=1") == (
                200,
                service,
                {"path": "/v1/x?q=1", "for": "127.0.0.1"},
            )
        assert door.get("/ws/chat/1/?token=t")[1:] == (
            "message_service",
            {"path": "/ws/chat/1/?token=t", "for": "127.0.0.1"},
        )
        status, who, _ = door.get("/api/user-service/.well-known/jwks.json")
        assert (status, who) == (200, "user_service")
        # A client cannot tell us where it comes from.
        assert door.get("/api/sessions/x", {"X-Forwarded-For": "6.6.6.6"})[2]["for"] == "127.0.0.1"


@pytest.mark.parametrize("local", [True, False])
def test_what_is_internal_stays_inside(tmp_path: Path, client: Path, local: bool) -> None:
    with _door(tmp_path, local=local, spa=client) as door:
        for path in (
            "/api/sessions/internal/x",
            "/api/sessions//internal/x",
            "/api/sessions/%69nternal/x",
            "/api/sessions%2Finternal/x",
            "/api/sessions/v1/../internal/x",
            "/api/sessions/v1/%2e%2e/internal/x",
            "/api/payments/metrics",
            "/api/payments/readyz",
            "/api/payments/readyz/",
            "/api/sessions/.well-known/jwks.json",
            "/api/user-service/.well-known/other",
            "/api/unknown/v1/x",
            "/api/",
            "/ws",
            "/stripe/v1/charges",
            "/fcm/v1/projects/p/messages:send",
        ):
            status, body, _ = door.get(path)
            if path.startswith(("/stripe", "/fcm")):
                assert (status, body) == (200, "INDEX"), path  # a page of the client, no more
            else:
                assert (status, body) == (404, ""), path


def test_dev_routes_exist_in_local_mode_only(tmp_path: Path, client: Path) -> None:
    with _door(tmp_path) as door:
        for path in LOCAL_ONLY:
            assert door.get(path)[:2] == (200, "vendors"), path
        status, _, headers = door.get("/")
        assert (status, headers["Location"]) == (307, "/_studyzed/")
    with _door(tmp_path, local=False, spa=client) as door:
        for path in LOCAL_ONLY:
            assert door.get(path)[:2] == (404, ""), path
    with _door(tmp_path, local=False) as door:
        assert door.get("/")[:2] == (404, "")


def test_client_is_served_behind_everything_else(tmp_path: Path, client: Path) -> None:
    with _door(tmp_path, spa=client) as door:
        status, body, headers = door.get("/")
        assert (status, body, headers["Cache-Control"]) == (200, "INDEX", "no-cache")
        assert door.get("/classes/7/tasks")[:2] == (200, "INDEX")
        assert door.get("/assets/app.js")[:2] == (200, "JS")
        assert door.get("/.env")[:2] == (404, "")
        assert door.get("/../caddy.log")[1] != (tmp_path / "caddy.log").read_text()
        assert door.get("/status.json")[:2] == (200, "vendors")


def test_tokens_in_addresses_are_not_logged(tmp_path: Path) -> None:
    with _door(tmp_path, echo=False) as door:
        assert door.get("/ws/chat/?token=very-secret")[0] == 502
    log = (tmp_path / "caddy.log").read_text()
    assert '"uri":"/ws/chat/?..."' in log
    assert "very-secret" not in log


def test_x17_files_have_their_own_origin(tmp_path: Path) -> None:
    with _door(tmp_path) as door:
        status, _, headers = door.file("GET", "/studyzed-public/pictures/a/inline.webp")
        assert (status, headers["Content-Disposition"]) == (200, "inline")
        assert headers["Cache-Control"] == "immutable"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["Access-Control-Allow-Origin"] == "*"
        status, _, headers = door.file("GET", "/studyzed/a?X-Amz-Signature=0&X-Amz-Date=1")
        assert (status, headers["Content-Disposition"]) == (200, "attachment")
        assert headers["Cache-Control"] == "private, no-store"
        # Neither origin serves what is the other's.
        for path in ("/api/user-service/v1/me?a=b", "/dev/mailbox?to=a", "/", "/_studyzed/"):
            assert door.file("GET", path)[0] == 404, path
        _, body, _ = door.file("GET", "/api/user-service/v1/me")
        assert json.loads(body)["who"] == door.layout.ports["objects"]
        assert door.get("/studyzed-public/pictures/a/inline.webp")[:2] == (404, "")


def test_x17_only_single_objects_pass(tmp_path: Path) -> None:
    with _door(tmp_path) as door:
        for path in (
            *("/studyzed-public", "/studyzed-public/", "/studyzed-public/?list-type=2", "//a"),
            *("/studyzed/a?acl", "/studyzed/a?versions=", "/metadata", "/studyzed/.a", "/a%20b/c"),
        ):
            assert door.file("GET", path)[:2] == (404, ""), path
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            assert door.file(method, "/studyzed/a")[:2] == (404, ""), method
        for method in ("POST", "DELETE", "PATCH"):
            assert door.file(method, "/studyzed/a?X-Amz-Signature=0")[:2] == (404, ""), method


def test_uploads_keep_the_host_that_was_signed(tmp_path: Path) -> None:
    with _door(tmp_path) as door:
        path = "/studyzed/a?X-Amz-Signature=0"
        _, body, _ = door.file("PUT", path)
        files = f"127.0.0.1:{door.layout.ports['files']}"
        assert json.loads(body) == {"host": files, "path": path}
        asking = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
        status, _, headers = door.file("OPTIONS", path, asking)
        assert (status, headers["Access-Control-Allow-Methods"]) == (204, "PUT")
        assert headers["Access-Control-Allow-Headers"] == "content-type"
        assert headers["Access-Control-Allow-Origin"] == "*"
