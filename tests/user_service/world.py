"""A running user_service with its people; the mail server is the one stand-in."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from libs.clock import FixedClock, SystemClock
from libs.jobs import Job
from tests.conftest import SettingsFor
from tests.objects import NOWHERE
from tests.stack import running
from user_service import worker
from user_service.app import create_app
from user_service.mails.smtp_gateway import Mail, SmtpGateway
from user_service.resources import Resources
from user_service.settings import Settings

SECRETS = {
    "key_secret": "a test's key secret, 32 letters long",
    "code_secret": "a test's code secret, 32 letters or so",
    "audit_secret": "a test's audit secret, 32 letters or so",
    "smtp_url": "smtp://127.0.0.1:1",
    "admin_password": "correct horse battery",  # pragma: allowlist secret
    **NOWHERE,
}
SETTINGS: dict[str, Any] = SECRETS | {"admin_second_factor": False}
"""Admins sign in with a password alone, but where a test is about that."""
PERSON = {
    "username": "asha_rao",
    "password": "a long pass phrase",  # pragma: allowlist secret
    "first_name": "Asha",
    "last_name": "Rao",
    "role": "tutor",
    "zone": "Asia/Kolkata",
}


class Outgoing(SmtpGateway):
    """Keeps mails instead of sending them."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@dataclass
class Person:
    """A signed-in account: what `POST /v1/logins` answered."""

    login: dict[str, Any]

    @property
    def id(self) -> UUID:
        """The account's id."""
        return UUID(self.login["account"]["id"])

    @property
    def headers(self) -> dict[str, str]:
        """The access token, as a request carries it."""
        return {"Authorization": f"Bearer {self.login['access_token']}"}


@dataclass
class World:
    """The service, what it holds open, its clock and the mails that it has sent."""

    client: httpx.AsyncClient
    parts: Resources
    clock: FixedClock
    mailer: Outgoing = field(default_factory=Outgoing)

    async def run_jobs(self) -> None:
        """Does what the worker would do with the jobs that wait and are due."""
        async with self.parts.database.transaction() as session:
            rows = await session.execute(
                text("UPDATE outbox SET closed_at = now() WHERE destination = 'celery' "
                     "AND closed_at IS NULL AND due_at <= :now RETURNING address, body, seq"),
                {"now": self.clock.now()},
            )  # fmt: skip
            found = sorted(rows, key=lambda row: row.seq)
        kinds = {job.type: job for job in worker.WORKER.jobs}
        for row in found:
            await self.run(kinds[row.address].model_validate_json(row.body))

    async def run(self, job: Job) -> None:
        """Does one job, as the worker would."""
        secret = self.parts.settings.code_secret.get_secret_value()
        parts = self.parts
        resources = worker.Resources(parts.database, self.mailer, secret, parts.objects)
        await worker.WORKER.jobs[type(job)](resources, job)

    async def code_for(self, email: str, purpose: str = "sign_up") -> str:
        """Asks for a code and reads it from the mail."""
        wanted = {"email": email, "purpose": purpose}
        answer = await self.client.post("/v1/codes", json=wanted)
        assert answer.status_code == 202, answer.text
        await self.run_jobs()
        found = re.search(r"\b\d{6}\b", self.mailer.mails[-1].text)
        assert found
        return found[0]

    async def grant_for(self, email: str, purpose: str = "sign_up") -> str:
        """Leave to sign up with an address, or to do something else for it."""
        code = await self.code_for(email, purpose)
        body = {"email": email, "code": code, "purpose": purpose}
        answer = await self.client.post("/v1/codes/verifications", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["grant"])

    async def sign_up(self, email: str = "asha@example.org", **other: Any) -> Person:
        """A new account, signed in; `other` changes fields of `PERSON`."""
        person = PERSON | other
        body = person | {"grant": await self.grant_for(email)}
        made = await self.client.post("/v1/accounts", json=body)
        assert made.status_code == 201, made.text
        return await self.sign_in(person["username"], person["password"])

    async def sign_in(self, identifier: str, password: str, **other: Any) -> Person:
        """A new login of an account."""
        body = {"identifier": identifier, "password": password} | other
        login = await self.client.post("/v1/logins", json=body)
        assert login.status_code == 201, login.text
        return Person(login.json())

    async def admin(self) -> Person:
        """The seeded admin, signed in."""
        return await self.sign_in("admin", SECRETS["admin_password"])

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """Rows as the database has them now."""
        async with self.parts.database.transaction() as session:
            return list(await session.execute(text(statement), values))

    async def rows_written(self, statement: str, **values: Any) -> None:
        """Writes rows as nobody but a test does."""
        async with self.parts.database.transaction() as session:
            await session.execute(text(statement), values)

    async def count(self, table: str) -> int:
        """How many rows a table has."""
        return int((await self.rows(f"SELECT count(*) FROM {table}"))[0][0])  # noqa: S608

    async def forget_limits(self) -> None:
        """Lets the next try be the first."""
        await self.parts.redis.flushdb()


@asynccontextmanager
async def new_world(
    settings_for: SettingsFor, clock: FixedClock | None = None, /, **settings: Any
) -> AsyncIterator[World]:
    """A running service over fresh stores, with a clock that stands still."""
    made = await settings_for(Settings, "user_service", **(SETTINGS | settings))
    clock = clock or FixedClock(SystemClock().now())
    app = create_app(made, clock)
    async with running(app) as client:
        await app.state.redis.flushdb()
        yield World(client, app.state.resources, clock)
