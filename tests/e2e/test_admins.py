"""An admin's hand on the whole platform, through the gateway and the operators' commands."""

import asyncio
import json
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from deploy.demo.client import Person
from tests.e2e.conftest import ADMIN_PASSWORD, ROOT, Platform
from tests.stack import eventually

README = (ROOT / "README.md").read_text()
USER = "/api/user-service/v1"
READS = (
    f"{USER}/me", "/api/sessions/v1/study-sessions", "/api/payments/v1/payments",
    "/api/notifications/v1/notifications", "/api/communication/v1/conversations",
)  # fmt: skip


async def admin_of(web: httpx.AsyncClient) -> dict[str, str]:
    """The headers of the seeded admin."""
    body = {"identifier": "admin", "password": ADMIN_PASSWORD}
    answer = await web.post(f"{USER}/logins", json=body)
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def all_say(web: httpx.AsyncClient, person: Person, found: Any) -> Callable[[], Awaitable[bool]]:
    """Whether every service answers so."""

    async def look() -> bool:
        answers = [await web.get(path, headers=person.headers) for path in READS]
        return {(one.status_code, one.json().get("code")) for one in answers} == {found}

    return look


async def test_u_a4_a_block_is_felt_on_the_whole_platform(platform: Platform) -> None:
    async with httpx.AsyncClient(base_url=platform.url, timeout=20) as web:
        person = Person(web, "Bina", "tutor")
        await person.sign_up()
        await person.sign_in()
        await person.open_socket()
        assert await all_say(web, person, (200, None))()
        admin = await admin_of(web)
        path = f"{USER}/admin/accounts/{person.id}/block"
        reason = {"reason": "Sold answers to a test."}
        assert (await web.post(path, json=reason, headers=admin)).status_code == 200
        assert await eventually(all_say(web, person, (403, "account_blocked")))
        assert person.socket is not None
        await person.socket.wait_closed()
        assert person.socket.close_code == 4403
        refused = await web.post(
            f"{USER}/logins", json={"identifier": person.username, "password": person.password}
        )
        assert (refused.status_code, refused.json()["code"]) == (403, "account_blocked")

        async def told() -> bool:
            mails = (await web.get("/dev/mailbox", params={"to": person.email})).json()
            return any(reason["reason"] in mail["text"] for mail in mails)

        assert await eventually(told)
        assert (await web.delete(path, headers=admin)).status_code == 200
        assert await eventually(all_say(web, person, (200, None)))


@pytest.mark.skipif(not shutil.which("curl"), reason="the README's example needs curl")
async def test_u18_the_readmes_example_makes_and_exchanges_a_token(platform: Platform) -> None:
    async with httpx.AsyncClient(base_url=platform.url, timeout=20) as web:
        person = Person(web, "Chitra", "tutor")
        await person.sign_up()
        await person.sign_in()
        body = {"name": "Class of the example", "zone": "UTC"}
        await person.call("POST", "/api/sessions/v1/study-sessions", body)
    [example] = re.findall(r"<!-- played by a test -->\n```sh\n(.*?)```", README, re.DOTALL)
    for word, value in (("http://127.0.0.1:8080", platform.url), ("<name>", person.username),
                        ("<password>", person.password)):  # fmt: skip
        assert example.count(word) == 1
        example = example.replace(word, value)
    shell = await asyncio.create_subprocess_exec(
        "sh", "-euc", example, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await shell.communicate()
    assert [one["name"] for one in json.loads(said)["items"]] == ["Class of the example"]


async def test_u_a8_and_u21_operators_rotate_keys_and_verify_the_trail(platform: Platform) -> None:
    async with httpx.AsyncClient(base_url=platform.url, timeout=20) as web:
        admin = await admin_of(web)
        keys = (await web.get("/api/user-service/.well-known/jwks.json")).json()["keys"]
        exec_ = ("deploy.local", "exec", "--", sys.executable, "-m")
        rotated = platform.run(*exec_, "user_service.keys.rotate", "--now")
        assert rotated.returncode == 0, rotated.stderr
        assert keys[-1]["kid"] in rotated.stdout
        # That has made the next key, which is young now, however old the platform is.
        early = platform.run(*exec_, "user_service.keys.rotate")
        assert early.returncode == 1
        assert "not rotated: The next key was published less than ten minutes ago" in early.stderr
        entries = await web.get(
            f"{USER}/admin/audit-entries", params={"action": "keys.rotated"}, headers=admin
        )
        assert entries.json()["items"][0]["details"]["kid"] == keys[-1]["kid"]

        async def sealed() -> bool:
            verified = platform.run(*exec_, "user_service.audit.verify")
            assert verified.returncode == 0, verified.stdout + verified.stderr
            return " 0 waiting." in verified.stdout

        assert await eventually(sealed, 60)
