"""The profiler's page in a real browser: Debian's Chromium without a screen."""

import asyncio
import base64
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from tests.conftest import SettingsFor
from tests.stack import eventually
from tests.user_service.world import SETTINGS
from user_service.app import create_app
from user_service.settings import Settings

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1200,800",
    "--remote-debugging-port=0",
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="There is no `chromium` here to look at the profiler's page with."
)


MOVING = "navigated"
"""Part of what Chromium says of a command that a change of page overtook."""


@dataclass
class Browser:
    """One page of a browser, by the Chrome DevTools Protocol."""

    socket: ClientConnection
    asked: dict[str, str] = field(default_factory=dict)
    """Addresses that the page has fetched, or tried to and was not let, by the request's id."""
    blocked: set[str] = field(default_factory=set)
    """Ids of what the page's own policy forbade."""
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def call(self, method: str, **parameters: Any) -> Any:
        """Sends one command and returns its result; notes what happens meanwhile."""
        number = next(self.ids)
        message = {"id": number, "method": method, "params": parameters}
        await self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(await self.socket.recv())
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer.get("method"), answer.get("params", {}))

    def _note(self, method: str, found: Any) -> None:
        if method == "Network.requestWillBeSent":
            self.asked[found["requestId"]] = found["request"]["url"]
        if method == "Network.loadingFailed" and found.get("blockedReason") == "csp":
            self.blocked.add(found["requestId"])

    async def evaluate(self, script: str) -> Any:
        """The value of a piece of JavaScript on the page."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def see(self, script: str) -> Any:
        """Waits until a piece of JavaScript is true on the page, and returns its value.

        A page that is just giving way to the next has no value yet.
        """

        async def look() -> Any:
            try:
                return await self.evaluate(script)
            except AssertionError as refused:
                if MOVING not in str(refused):
                    raise
                return None

        return await eventually(look)

    async def shoot(self, name: str, folder: Path) -> bytes:
        """Takes a picture; `STUDYZED_SCREENSHOTS` names a folder to look at them afterwards."""
        found = await self.call("Page.captureScreenshot", format="png")
        picture = base64.b64decode(found["data"])
        folder = Path(os.environ.get("STUDYZED_SCREENSHOTS", folder))
        await asyncio.to_thread((folder / f"profiler-{name}.png").write_bytes, picture)
        return picture


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Browser]:
    """A browser with a profile of its own; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        str(CHROMIUM),
        *FLAGS,
        f"--user-data-dir={folder}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        found = folder / "DevToolsActivePort"

        async def port() -> str:
            return found.read_text().partition("\n")[0] if found.exists() else ""

        base = f"http://127.0.0.1:{await eventually(port, 30)}"
        async with httpx.AsyncClient(trust_env=False) as client:
            pages = (await client.get(f"{base}/json/list")).json()
        url = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        async with connect(url, max_size=None, proxy=None) as socket:
            browser = Browser(socket)
            for domain in ("Page", "Runtime", "Network"):
                await browser.call(f"{domain}.enable")
            yield browser
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[str]:
    """user_service on a port of its own; gives its origin."""
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=0, log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task


async def visit(origin: str) -> str:
    """Some requests of several kinds; returns the admin's access token."""
    body = {"identifier": "admin", "password": SETTINGS["admin_password"]}
    async with httpx.AsyncClient(base_url=origin, trust_env=False) as client:
        token = str((await client.post("/v1/logins", json=body)).json()["access_token"])
        headers = {"Authorization": f"Bearer {token}"}
        await asyncio.gather(*(client.get("/v1/me", headers=headers) for _ in range(4)))
        await client.post("/v1/codes", json={"email": "asha@example.org"})
        await client.post("/v1/logins", json=body | {"password": "wrong, but long enough"})
        await client.get("/v1/me")
        await client.get("/nowhere")
        await client.get("/.well-known/jwks.json")
    return token


async def test_an_admin_looks_at_requests_and_a_flame_view(
    settings_for: SettingsFor, tmp_path: Path
) -> None:
    settings = await settings_for(Settings, "user_service", **SETTINGS, profiler=True)
    async with served(settings) as origin, chromium(tmp_path / "browser") as page:
        token = await visit(origin)
        await page.call("Page.navigate", url=f"{origin}/internal/profiler")
        await page.see("document.querySelector('#token') && document.readyState == 'complete'")
        assert "/v1/me" not in await page.evaluate("document.body.textContent")
        await page.shoot("sign-in", tmp_path)

        await page.evaluate(f"document.querySelector('#token').value = {json.dumps(token)}")
        await page.evaluate("document.querySelector('form').requestSubmit()")
        rows = await page.see(ROWS)
        assert [row[2] for row in rows].count("/v1/me") == 5
        times = [float(row[0]) for row in rows]
        assert times == sorted(times, reverse=True)
        assert {row[4] for row in rows if row[2:4] == ["/v1/me", "200"]} == {"1"}
        assert await page.evaluate("location.href") == f"{origin}/internal/profiler"
        assert await page.evaluate("document.cookie") == ""
        await page.shoot("requests", tmp_path)
        await shoot_dark(page, tmp_path)

        await page.evaluate(f"document.querySelector('{LOGIN}').click()")
        await page.see("document.querySelectorAll('#app .frame').length > 3")
        shown = await page.evaluate("document.querySelector('#app').innerText")
        assert "POST /v1/logins (" in shown
        assert "create_login" in shown
        await page.shoot("call-stack", tmp_path)
        await page.evaluate("[...document.querySelectorAll('#app input')][1].click()")
        await page.see("document.querySelector('#app canvas') !== null")
        await page.shoot("timeline", tmp_path)
        only_ours(page, origin)
        await back_and_out(page)


async def back_and_out(page: Browser) -> None:
    """The link on the flame view leads back, the filter filters, and signing out ends it."""
    await page.evaluate("document.querySelector('a.back').click()")
    rows = await page.see(ROWS)
    limit = int(float(rows[0][0]))  # the slowest is first; a busy machine has only slow ones
    await page.evaluate(f"document.querySelector('#slower').value = {limit}")
    await page.evaluate("document.querySelector('form.filter').requestSubmit()")
    shown = f"location.search == '?slower_than_ms={limit}'"
    await page.see(f"{shown} && document.readyState == 'complete'")
    slow = await page.see(ROWS)
    assert 1 <= len(slow) < len(rows)
    assert all(float(row[0]) >= limit for row in slow)
    await page.evaluate("document.querySelector('header form').requestSubmit()")
    await page.see("document.querySelector('#token') !== null")


ROWS = """(() => {
  const rows = [...document.querySelectorAll('tbody tr')];
  return rows.length && rows.map(row => [...row.cells].map(cell => cell.innerText.trim()));
})()"""


LOGIN = 'tbody a[aria-label*="POST /v1/logins,"]'


async def shoot_dark(page: Browser, folder: Path) -> None:
    """A picture for those who prefer the dark; the page must follow."""
    ink = "getComputedStyle(document.body).color"
    light = await page.evaluate(ink)
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    await page.call("Emulation.setEmulatedMedia", features=dark)
    assert await page.evaluate(ink) != light
    await page.shoot("requests-dark", folder)
    await page.call("Emulation.setEmulatedMedia", features=[])


def only_ours(page: Browser, origin: str) -> None:
    """Nothing went to another host: pyinstrument's page asks for a font, and may not have it."""
    ours = (f"{origin}/", "data:", "about:")
    foreign = {key: url for key, url in page.asked.items() if not url.startswith(ours)}
    assert all(url.startswith("https://fonts.") for url in foreign.values())
    assert foreign.keys() == page.blocked
    assert any(url.startswith(f"{origin}/internal/profiler/") for url in page.asked.values())
    assert not any("token" in url or "eyJ" in url for url in page.asked.values())
