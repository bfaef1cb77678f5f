"""Shortcuts for people with second factors."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pyotp

from tests.user_service.authenticator import Authenticator
from tests.user_service.world import PERSON, Person, World

PASSWORD = {"identifier": PERSON["username"], "password": PERSON["password"]}


@dataclass
class Asha:
    """A signed-in person and what they hold."""

    world: World
    person: Person
    secret: str = ""
    recovery_codes: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        """What the authenticator app shows now."""
        return pyotp.TOTP(self.secret).at(self.world.clock.now())

    def wait(self) -> None:
        """Waits until the app shows the next code."""
        self.world.clock.move(timedelta(seconds=30))

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request with the person's access token."""
        return await self.world.client.request(method, path, json=body, headers=self.person.headers)

    async def add_totp(self) -> None:
        """Adds an authenticator app; the next code is a fresh one."""
        begun = await self.call("POST", "/v1/factors/totp")
        assert begun.status_code == 201, begun.text
        self.secret = begun.json()["secret"]
        done = await self.call("POST", "/v1/factors/totp/confirmations", {"code": self.code})
        assert done.status_code == 200, done.text
        self.recovery_codes = done.json()["recovery_codes"] or self.recovery_codes
        self.wait()

    async def add_passkey(self, device: Authenticator, name: str = "phone") -> dict[str, Any]:
        """Adds a passkey."""
        asked = await self.call("POST", "/v1/factors/passkey-challenges")
        assert asked.status_code == 201, asked.text
        credential = device.create(asked.json()["options"])
        body = {"challenge": asked.json()["challenge"], "name": name, "credential": credential}
        made = await self.call("POST", "/v1/factors/passkeys", body)
        assert made.status_code == 201, made.text
        self.recovery_codes = made.json()["recovery_codes"] or self.recovery_codes
        passkey: dict[str, Any] = made.json()["passkey"]
        return passkey

    async def ask(self) -> dict[str, Any]:
        """Signs in with the password, up to the challenge."""
        answer = await self.world.client.post("/v1/logins", json=PASSWORD)
        assert answer.status_code == 202, answer.text
        challenge: dict[str, Any] = answer.json()
        return challenge

    async def answer(self, challenge: str, kind: str, **proof: Any) -> httpx.Response:
        """Answers a challenge of a sign-in."""
        body = {"challenge": challenge, "proof": {"kind": kind} | proof}
        return await self.world.client.post("/v1/logins/factors", json=body)

    async def sign_in(self) -> Person:
        """A new login by password and app."""
        challenge = (await self.ask())["challenge"]
        made = await self.answer(challenge, "totp", code=self.code)
        assert made.status_code == 201, made.text
        self.wait()
        return Person(made.json())


async def asha(world: World) -> Asha:
    """A tutor who has just signed in, without a second factor."""
    return Asha(world, await world.sign_up())


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, str(answer.json()["code"])
