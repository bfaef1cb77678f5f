"""The gateway's routes, tried on Caddy itself: what reaches whom, and what reaches nobody."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.deploy.local.door import CADDY, CADDYFILE, environment_of, layout_in, open_door

LOCAL_ONLY = ("/dev/mailbox?to=a", "/dev/pushes", "/_studyzed/", "/status.json", "/docs")


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
    layout = layout_in(tmp_path)
    made = environment_of(layout, local=local, spa=client if with_client else None)
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
    with open_door(tmp_path) as door:
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


SAID, CLIENT = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}, "203.0.113.9"


def test_behind_what_ends_tls_the_caller_is_the_one_that_it_names(tmp_path: Path) -> None:
    paths = ("/api/user-service/v1/x", "/api/sessions/x", "/api/payments/x", "/api/notifications/x",
             "/api/communication/x", "/ws/v1", "/dev/mailbox")  # fmt: skip
    with open_door(tmp_path, trusted="10.0.0.0/8 127.0.0.1/32") as door:
        for path in paths:
            assert door.get(path, SAID)[2]["for"] == CLIENT, path
            assert door.get(path)[2]["for"] == "127.0.0.1", path
        behind_two = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.1.2.3"}
        assert door.get("/api/sessions/x", behind_two)[2]["for"] == CLIENT
        _, body, _ = door.file("GET", "/studyzed-public/a", SAID)
        assert json.loads(body)["for"] == CLIENT


def test_nobody_else_says_who_the_caller_is(tmp_path: Path) -> None:
    with open_door(tmp_path, trusted="10.0.0.0/8") as door:
        assert door.get("/api/sessions/x", SAID)[2]["for"] == "127.0.0.1"
        _, body, _ = door.file("GET", "/studyzed-public/a", SAID)
        assert json.loads(body)["for"] == "127.0.0.1"


@pytest.mark.parametrize("local", [True, False])
def test_what_is_internal_stays_inside(tmp_path: Path, client: Path, local: bool) -> None:
    with open_door(tmp_path, local=local, spa=client) as door:
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
    with open_door(tmp_path) as door:
        for path in LOCAL_ONLY:
            assert door.get(path)[:2] == (200, "vendors"), path
        status, _, headers = door.get("/")
        assert (status, headers["Location"]) == (307, "/_studyzed/")
    with open_door(tmp_path, local=False, spa=client) as door:
        for path in LOCAL_ONLY:
            assert door.get(path)[:2] == (404, ""), path
    with open_door(tmp_path, local=False) as door:
        assert door.get("/")[:2] == (404, "")


def test_client_is_served_behind_everything_else(tmp_path: Path, client: Path) -> None:
    with open_door(tmp_path, spa=client) as door:
        status, body, headers = door.get("/")
        assert (status, body, headers["Cache-Control"]) == (200, "INDEX", "no-cache")
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert door.get("/classes/7/tasks")[:2] == (200, "INDEX")
        assert door.get("/assets/app.js")[:2] == (200, "JS")
        assert door.get("/.env")[:2] == (404, "")
        assert door.get("/../caddy.log")[1] != (tmp_path / "caddy.log").read_text()
        assert door.get("/status.json")[:2] == (200, "vendors")


def test_tokens_in_addresses_are_not_logged(tmp_path: Path) -> None:
    with open_door(tmp_path, echo=False) as door:
        assert door.get("/ws/chat/?token=very-secret")[0] == 502
    log = (tmp_path / "caddy.log").read_text()
    assert '"uri":"/ws/chat/?..."' in log
    assert "very-secret" not in log


def test_x17_files_have_their_own_origin(tmp_path: Path) -> None:
    with open_door(tmp_path) as door:
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
    with open_door(tmp_path) as door:
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
    with open_door(tmp_path) as door:
        path = "/studyzed/a?X-Amz-Signature=0"
        _, body, _ = door.file("PUT", path)
        files = f"127.0.0.1:{door.layout.ports['files']}"
        assert json.loads(body) == {"host": files, "path": path}
        asking = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
        status, _, headers = door.file("OPTIONS", path, asking)
        assert (status, headers["Access-Control-Allow-Methods"]) == (204, "PUT")
        assert headers["Access-Control-Allow-Headers"] == "content-type"
        assert headers["Access-Control-Allow-Origin"] == "*"
