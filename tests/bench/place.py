"""Where a bench runs: the local servers with durable writes, keys, seeded databases, processes."""

import json
import random
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg

import message_service.settings
import notification_service.settings
import session_service.settings
import user_service.settings
from deploy.local.servers import Servers
from libs.settings import PostgresSettings
from libs.tokens import SigningKey
from tests.bench import seeds
from tests.bench.processes import Processes, Target, variables
from tests.objects import NOWHERE
from tests.stack import Stack, User, make_key

PLAIN = "postgresql://"
DRIVER = "postgresql+asyncpg://"


@contextmanager
def published(key: SigningKey) -> Iterator[str]:
    """The key's JWKS over a real socket, from a thread; yields its URL."""
    body = json.dumps({"keys": [key.public_jwk()]}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Place:
    """One bench run's surroundings; services start when the first row asks for them."""

    stack: Stack
    processes: Processes
    folder: Path
    rounds: int = 3
    seconds: float = 2.0
    chance: random.Random = field(default_factory=lambda: random.Random(42))
    progress: object = None
    """The classes of `rows_progress`, once they are made."""
    _kept: dict[str, object] = field(default_factory=dict)

    @property
    def servers(self) -> Servers:
        """PostgreSQL, Valkey, the broker and the Mongo server."""
        return self.stack.servers

    async def user_settings(self) -> user_service.settings.Settings:
        """user_service over a fresh database; its tokens live for hours."""
        return await self.stack.settings_for(
            user_service.settings.Settings,
            "user_service",
            key_secret="bench-key-" * 4,
            code_secret="bench-code-" * 4,
            audit_secret="bench-audit-" * 4,  # pragma: allowlist secret
            smtp_url="smtp://127.0.0.1:9",
            **NOWHERE,
            access_minutes=600,
        )

    async def session_settings(self) -> session_service.settings.Settings:
        """session_service over a fresh database."""
        return await self.stack.settings_for(session_service.settings.Settings, "session_service")

    async def users(self) -> "Users":
        """user_service with the seeded accounts."""
        if "users" not in self._kept:
            settings = await self.user_settings()
            dsn = dsn_of(settings)
            people = await seeds.accounts(owner_dsn(settings), seeds.ACCOUNTS)
            target = await self.processes.serve(
                "user_service", "user_service.app:create_app", variables(settings)
            )
            self._kept["users"] = Users(target, dsn, people, settings)
        found = self._kept["users"]
        assert isinstance(found, Users)
        return found

    async def classes(self) -> "Classes":
        """session_service with the seeded classes."""
        if "classes" not in self._kept:
            settings = await self.session_settings()
            dsn = dsn_of(settings)
            tutor = self.stack.as_user("tutor", code="TUTOR-0000000")
            students = [self.stack.as_user(code=f"STUDY-{n:07d}") for n in range(seeds.STUDENTS)]
            world = await seeds.classes(owner_dsn(settings), tutor, students)
            target = await self.processes.serve(
                "session_service", "session_service.app:create_app", variables(settings)
            )
            self._kept["classes"] = Classes(target, dsn, tutor, students, world)
        found = self._kept["classes"]
        assert isinstance(found, Classes)
        return found

    async def timetables(self) -> "Timetables":
        """session_service with many classes and their lessons."""
        if "timetables" not in self._kept:
            settings = await self.session_settings()
            tutor = self.stack.as_user("tutor")
            students = [self.stack.as_user() for _ in range(20)]
            await seeds.timetables(owner_dsn(settings), tutor, students)
            target = await self.processes.serve(
                "timetables", "session_service.app:create_app", variables(settings)
            )
            self._kept["timetables"] = Timetables(target, dsn_of(settings), tutor, students)
        found = self._kept["timetables"]
        assert isinstance(found, Timetables)
        return found

    async def notification_settings(self) -> notification_service.settings.Settings:
        """notification_service over a fresh database."""
        return await self.stack.settings_for(
            notification_service.settings.Settings, "notification_service"
        )

    async def message_settings(self) -> message_service.settings.Settings:
        """message_service over a fresh database."""
        return await self.stack.settings_for(message_service.settings.Settings, "message_service")

    async def bare(self, factory: str, environment: Mapping[str, str]) -> Target:
        """A bare program of `tests.bench.ceilings`, one process for each factory and database."""
        key = f"{factory} {sorted(environment.items())}"
        if key not in self._kept:
            name = f"bare_{factory}".replace(":", "_")
            self._kept[key] = await self.processes.serve(
                name, f"tests.bench.ceilings.{factory}", environment
            )
        found = self._kept[key]
        assert isinstance(found, Target)
        return found

    def forget(self, target: Target) -> None:
        """Lets the next row that asks for a bare program that was stopped have a new one."""
        self._kept = {key: one for key, one in self._kept.items() if one is not target}


@dataclass(frozen=True)
class Users:
    """user_service at work; `people` are (id, user name), their password is `seeds.PASSWORD`."""

    target: Target
    dsn: str
    people: list[tuple[str, str]]
    settings: user_service.settings.Settings


@dataclass(frozen=True)
class Classes:
    """session_service at work with one class of `seeds.STUDENTS` students and its tasks."""

    target: Target
    dsn: str
    tutor: User
    students: list[User]
    world: seeds.World


@dataclass(frozen=True)
class Timetables:
    """session_service at work with `seeds.CLASSES` classes; `tutor` owns `seeds.OWNED` of them."""

    target: Target
    dsn: str
    tutor: User
    students: list[User]


def dsn_of(settings: PostgresSettings) -> str:
    """The database's URL for asyncpg, as the role that works."""
    return settings.database_url.get_secret_value().replace(DRIVER, PLAIN)


def owner_dsn(settings: PostgresSettings) -> str:
    """The database's URL for asyncpg, as the role that may also analyse tables."""
    assert settings.database_owner_url is not None
    return settings.database_owner_url.get_secret_value().replace(DRIVER, PLAIN)


async def _keep_commit_times(servers: Servers) -> None:
    """Lets PostgreSQL keep the time of each commit, by which events are timed."""
    server = await asyncpg.connect(servers.postgres_superuser_url)
    await server.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    await server.close()
    servers.stop("postgres")
    servers.start("postgres")


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder that PostgreSQL's own user may pass through."""
    with TemporaryDirectory(prefix="studyzed-bench-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@asynccontextmanager
async def open_place(rounds: int, seconds: float) -> AsyncIterator[Place]:
    """Starts the servers; ends everything at the end."""
    key = make_key()
    with (
        _folder() as folder,
        published(key) as url,
        Servers(folder / "servers", durable=True) as servers,
    ):
        await _keep_commit_times(servers)
        processes = Processes(folder)
        try:
            yield Place(Stack(servers, key, url), processes, folder, rounds, seconds)
        finally:
            processes.close()
