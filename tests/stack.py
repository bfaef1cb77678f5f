"""The real parts that tests stand on: servers, migrated databases, signed tokens, running apps."""

import asyncio
import importlib
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI
from motor.motor_asyncio import AsyncIOMotorClient

from deploy.kafka.broker import apache
from deploy.local.definitions import Broker
from deploy.local.provision import credentials, provision
from deploy.local.servers import Servers
from libs.auth import Principal, Role
from libs.clock import SystemClock
from libs.ids import new_id
from libs.mongo import Mongo, ensure_base_indexes
from libs.settings import CoreSettings, MongoSettings
from libs.tokens import SigningKey
from tests.objects import NOWHERE

S = TypeVar("S", bound=CoreSettings)
ON_APACHE = {
    "kafka_session_timeout_ms": 6_000,
    "kafka_fetch_max_wait_ms": 500,
    "kafka_idempotent": True,
}
"""What Apache Kafka asks for and makes possible; a test's own wishes do not count against it."""
POSTGRES = {"user_service", "session_service", "payment_service"}


def broker() -> Broker | None:
    """What `STUDYZED_TEST_KAFKA` asks for: `apache`, or nothing for the local stack's own."""
    return apache() if os.environ.get("STUDYZED_TEST_KAFKA") == "apache" else None


def make_key(kid: str = "test") -> SigningKey:
    """A signing key of the tests' own."""
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return SigningKey(kid, pem.decode())


@dataclass(frozen=True)
class User:
    """A caller with a real signed token."""

    principal: Principal
    token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The header that makes a request this caller's."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def id(self) -> UUID:
        """The account's id."""
        return self.principal.account_id

    @property
    def code(self) -> str:
        """The account's public code."""
        return self.principal.user_code


@dataclass
class Stack:
    """Servers, templates and keys of one test run."""

    servers: Servers
    key: SigningKey
    jwks_url: str
    templates: set[str] = field(default_factory=set)
    made: list[tuple[str, str]] = field(default_factory=list)
    """Databases of tests that have not been dropped: store (`postgres`, `mongo`) and name."""

    def as_user(
        self,
        role: str = "student",
        *,
        account_id: UUID | None = None,
        code: str | None = None,
        lives: timedelta = timedelta(days=30),
        key: SigningKey | None = None,
    ) -> User:
        """A caller of a role, new unless an account is named; the token is real."""
        now = datetime.now(UTC)
        principal = Principal(
            account_id=account_id or new_id(),
            user_code=code or f"TESTX-{secrets.token_hex(4).upper()[:7]}",
            role=Role(role),
            login_id=new_id(),
            expires_at=(now + lives).replace(microsecond=0),
        )
        return User(principal, (key or self.key).sign(principal, now))

    async def settings_for(
        self, settings: type[S], service: str, *, copy_of: str = "", **extra: Any
    ) -> S:
        """A service's settings over a fresh database and a topic prefix of its own. The database
        is empty, or a copy of a PostgreSQL one to which nobody is connected.
        """
        values: dict[str, Any] = {
            "environment": "test",
            "public_url": "http://gateway.test",
            "jwks_url": self.jwks_url,
            "redis_url": self.servers.redis_url,
            "celery_broker_url": self.servers.redis_url,
            "kafka_bootstrap": self.servers.kafka_bootstrap,
            "kafka_session_timeout_ms": 2_000,
            "kafka_fetch_max_wait_ms": 20,
            "kafka_idempotent": False,
            "kafka_topic_prefix": f"t{secrets.token_hex(4)}.",
            "code_secret": "a test's secret of codes and links, made up",
            **NOWHERE,
        }
        on_apache = ON_APACHE if self.servers.broker_keeps_log else {}
        if service in POSTGRES:
            store = await self._postgres(service, copy_of)
        else:
            store = await self._mongo(service)
        return settings(**values | store | extra | on_apache)

    def keep(self, database: str) -> None:
        """Lets a PostgreSQL database be there for later tests, whoever is `passing`."""
        self.made.remove(("postgres", database))

    async def _postgres(self, service: str, copy_of: str) -> dict[str, Any]:
        name = f"test_{secrets.token_hex(6)}"
        url = self.servers.postgres_superuser_url
        await self._template(service)
        origin = copy_of or f"template_{service}"
        server = await asyncpg.connect(url)
        owner = f"{service.removesuffix('_service')}_owner"
        try:
            await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{origin}" OWNER "{owner}"')
        finally:
            await server.close()
        self.made.append(("postgres", name))
        made = credentials(url, service, name)
        return {"database_url": made.app_url, "database_owner_url": made.owner_url}

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Databases that are made within are dropped at the end: a thousand of them would take
        gigabytes, and minutes to be removed with the server's folder.
        """
        before = len(self.made)
        try:
            yield
        finally:
            gone = self.made[before:]
            del self.made[before:]
            await self._drop_tables([name for store, name in gone if store == "postgres"])
            await self._drop_documents([name for store, name in gone if store == "mongo"])

    async def _drop_tables(self, names: list[str]) -> None:
        if names:
            server = await asyncpg.connect(self.servers.postgres_superuser_url)
            for name in names:
                await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            await server.close()

    async def _drop_documents(self, names: list[str]) -> None:
        if names:
            client: Any = AsyncIOMotorClient(self.servers.mongo_url)
            for name in names:
                await client.drop_database(name)
            client.close()

    async def _template(self, service: str) -> None:
        """Migrates a database once; the tests' own are copies of it."""
        if service in self.templates:
            return
        made = await provision(self.servers.postgres_superuser_url, service, f"template_{service}")
        prefix = service.removesuffix("_service").upper()
        await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", UPGRADE.format(service=service)],
            env={**os.environ, f"{prefix}_DATABASE_OWNER_URL": made.owner_url},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.templates.add(service)

    async def _mongo(self, service: str) -> dict[str, Any]:
        name = f"test_{secrets.token_hex(6)}"
        settings = MongoSettings(mongo_url=self.servers.mongo_url, mongo_database=name)
        mongo = Mongo(settings, SystemClock())
        await ensure_base_indexes(mongo)
        await importlib.import_module(f"{service}.indexes").ensure(mongo)
        await mongo.close()
        self.made.append(("mongo", name))
        return {"mongo_url": self.servers.mongo_url, "mongo_database": name}


UPGRADE = "from libs.migrate import upgrade; upgrade(['{service}'])"


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The app with its lifespan, behind an in-process client."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


async def eventually(
    check: Callable[[], Awaitable[Any]], seconds: float = 10.0, every: float = 0.05
) -> Any:
    """Waits until `check()` is true and returns its value; fails after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = await check()
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"still not so after {seconds} s: {found!r}")
        await asyncio.sleep(every)
