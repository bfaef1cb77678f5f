"""The platform's front door in local mode: the landing page and `/status.json`."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import escape

import httpx
import redis.asyncio
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.vendors.pages import page
from deploy.local.vendors.settings import Settings, Target

TIMEOUT_SECONDS = 1.0
SHARED_SECONDS = 0.5
SERVICES = (
    ("user-service", "Accounts: sign-up, log-in, keys"),
    ("sessions", "Classes, memberships, tasks and marks"),
    ("payments", "Plans, checkouts and payments"),
    ("notifications", "The inbox, devices and pushes"),
    ("communication", "Conversations and live sockets"),
)
SCRIPT = """
const table = document.getElementById("parts"), line = document.getElementById("summary");
const cell = (text, name) => Object.assign(document.createElement("td"),
  {textContent: text, className: name || ""});
async function refresh() {
  if (document.hidden) return;
  try {
    const status = await (await fetch("/status.json")).json();
    table.replaceChildren(...status.parts.map(part => {
      const row = document.createElement("tr"), name = document.createElement("th");
      name.scope = "row"; name.textContent = part.name;
      row.append(name, cell(part.ready ? "ready" : "not ready", part.ready ? "good" : "bad"),
        cell(part.detail), cell(part.ms + " ms", "sum"));
      return row;
    }));
    const ready = status.parts.filter(part => part.ready).length;
    const text = ready + " of " + status.parts.length + " parts are ready.";
    if (line.textContent !== text) line.textContent = text;
  } catch (error) { line.textContent = "The platform does not answer."; }
}
setInterval(refresh, 3000);
"""


@dataclass(frozen=True)
class Part:
    """The state of one part; `ms` is how long the check took."""

    name: str
    ready: bool
    detail: str
    ms: float


class Portal:
    """Checks the parts named in the settings. `now` gives Unix time in seconds."""

    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._targets = settings.targets
        self._redis_url = settings.redis_url
        self._now = now
        self._lock = asyncio.Lock()
        self._checked_at = float("-inf")
        self._parts: list[Part] = []
        # Each check opens its own connection, as a new client of that part would.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, limits=limits)

    async def close(self) -> None:
        """Give back the HTTP client."""
        await self._http.aclose()

    def routes(self) -> list[Route]:
        """For the process's application."""
        return [
            Route("/status.json", self.status, methods=["GET"]),
            Route("/_studyzed", self.home, methods=["GET"]),
            Route("/_studyzed/", self.landing, methods=["GET"]),
            Route("/docs", self.docs, methods=["GET"]),
        ]

    async def status(self, _: Request) -> Response:
        """200 when every part is ready, 503 otherwise."""
        parts = await self.check()
        ready = all(part.ready for part in parts)
        body = {"ready": ready, "parts": [asdict(part) for part in parts]}
        headers = {"Cache-Control": "no-store"}
        return JSONResponse(body, status_code=200 if ready else 503, headers=headers)

    async def home(self, _: Request) -> Response:
        """The landing page has one address."""
        return RedirectResponse("/_studyzed/", status_code=307)

    async def docs(self, _: Request) -> Response:
        """Each service has its own documentation; the landing page lists them."""
        return RedirectResponse("/_studyzed/#docs", status_code=307)

    async def landing(self, _: Request) -> Response:
        """The landing page, with the state of each part as of now."""
        return page("StudyZed", _body(await self.check()), script=SCRIPT)

    async def check(self) -> list[Part]:
        """All parts at once; callers within half a second share one result."""
        async with self._lock:
            if time.monotonic() - self._checked_at > SHARED_SECONDS:
                self._parts = list(await asyncio.gather(*map(self._check, self._targets)))
                self._checked_at = time.monotonic()
            return self._parts

    async def _check(self, target: Target) -> Part:
        started = time.monotonic()
        probes = {"http": self._probe_http, "tcp": _probe_tcp, "heartbeat": self._probe_heartbeat}
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                ready, detail = await probes[target.kind](target)
        except TimeoutError:
            ready, detail = False, f"no answer within {TIMEOUT_SECONDS:g} s"
        except (OSError, httpx.HTTPError, httpx.InvalidURL, RedisError, ValueError) as error:
            ready, detail = False, f"no answer ({type(error).__name__})"
        return Part(target.name, ready, detail, round((time.monotonic() - started) * 1000, 1))

    async def _probe_http(self, target: Target) -> tuple[bool, str]:
        response = await self._http.get(target.target)
        return response.is_success, f"HTTP {response.status_code}"

    async def _probe_heartbeat(self, target: Target) -> tuple[bool, str]:
        client = redis.asyncio.from_url(self._redis_url, socket_timeout=TIMEOUT_SECONDS)
        async with client:
            value = await client.get(target.target)
        if value is None:
            return False, "no heartbeat"
        try:
            age = max(0.0, self._now() - float(value))
        except ValueError:
            return False, "the heartbeat is not a Unix time"
        return age <= target.max_age, f"last heartbeat {age:.0f} s ago"


async def _probe_tcp(target: Target) -> tuple[bool, str]:
    host, _, port = target.target.rpartition(":")
    _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    writer.close()
    await writer.wait_closed()
    return True, "accepts connections"


def _body(parts: list[Part]) -> str:
    ready = sum(part.ready for part in parts)
    docs = "".join(
        f'<tr><th scope="row">{name}</th><td>{escape(what)}</td><td><a href="/api/{name}/docs" '
        f'aria-label="{name}: documentation">documentation</a></td><td>'
        f'<a href="/api/{name}/openapi.json" aria-label="{name}: openapi.json">openapi.json</a>'
        "</td></tr>"
        for name, what in SERVICES
    )
    return (
        "<h1>StudyZed</h1><p>The backend of a study platform: tutors run classes, students learn "
        "in them, and five services joined by events keep it all together.</p>"
        '<h2 id="docs">Documentation</h2>'
        f'<div class="card"><table><tbody>{docs}</tbody></table></div>'
        '<h2>Look inside</h2><div class="card"><ul><li><a href="/dev/mailbox/">Mailbox</a>: every '
        'mail that was sent</li><li><a href="/dev/pushes">Pushes</a>: what went to phones (JSON)'
        '</li><li><a href="/dev/stripe/events">Stripe events</a> of the test checkout (JSON)</li>'
        '<li><a href="/status.json">status.json</a>: readiness for programs</li></ul></div>'
        '<h2>Accounts</h2><div class="card"><p>The user <code>admin</code> is there from the '
        "start. Its password is <code>STUDYZED_ADMIN_PASSWORD</code>, or the generated one that "
        "<code>make up</code> names in its table. Tutors and students sign up with any e-mail "
        "address; the code arrives in the mailbox above.</p></div>"
        f'<h2>State</h2><div class="card"><p id="summary" role="status">{ready} of {len(parts)} '
        'parts are ready.</p><table><thead><tr><th scope="col">Part</th><th scope="col">State'
        '</th><th scope="col">Detail</th><th scope="col" class="sum">Check</th></tr></thead>'
        f'<tbody id="parts">{"".join(map(_row, parts))}</tbody></table></div>'
    )


def _row(part: Part) -> str:
    state, name = ("ready", "good") if part.ready else ("not ready", "bad")
    return (
        f'<tr><th scope="row">{escape(part.name)}</th><td class="{name}">{state}</td>'
        f'<td>{escape(part.detail)}</td><td class="sum">{part.ms} ms</td></tr>'
    )
