"""`/internal/profiler`: the profiler's page, for admins only.

A browser cannot send a bearer header with a link, so the page also takes the access token in a form
and keeps it in a cookie: HttpOnly, SameSite=Strict, for `/internal` only, gone within minutes. The
token never stands in an address. The gateway does not let `/internal` out.
"""

import os
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from html import escape
from urllib.parse import parse_qs

from fastapi import FastAPI
from pyinstrument.renderers import HTMLRenderer
from pyinstrument.session import Session
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from libs.auth import Principal, Role, WrongRole, bearer
from libs.errors import AppError, Forbidden, TooLarge, Unauthorized
from libs.profiling import Recorder, Request, watch
from libs.settings import CoreSettings

PATH = "/internal/profiler"
COOKIE = "studyzed_profiler"
COOKIE_SECONDS = 900
FORM_BYTES = 10_000
SAFE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src {scripts}; img-src data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""pyinstrument's page asks for a font of another host's; this forbids it, and it does without."""


def install(app: FastAPI, settings: CoreSettings) -> None:
    """Profiles an app's requests from now on, and adds the page."""
    watch(app, settings.profiler_slower_than_ms)
    app.router.routes += [
        Route(PATH, _for_admins(_show), methods=["GET"]),
        Route(f"{PATH}/sign-in", _enter, methods=["POST"]),
        Route(f"{PATH}/sign-out", _leave, methods=["POST"]),
        Route(f"{PATH}/{{id:uuid}}", _for_admins(_view), methods=["GET"]),
    ]


Endpoint = Callable[[HttpRequest], Awaitable[Response]]


def _for_admins(endpoint: Endpoint) -> Endpoint:
    """Anybody else gets the form, with 401 or 403."""

    async def guarded(request: HttpRequest) -> Response:
        token = _offered(request)
        try:
            await _admin(request, token)
        except (Unauthorized, Forbidden) as error:
            return _sign_in(error, asked=bool(token))
        return await endpoint(request)

    return guarded


async def _show(request: HttpRequest) -> Response:
    asked = request.query_params.get("slower_than_ms", "")
    slower_than_ms = int(asked) if re.fullmatch(r"[0-9]{1,8}", asked) else 0
    return _page(_table(request, request.app.state.recorder, slower_than_ms))


async def _view(request: HttpRequest) -> Response:
    found = request.app.state.recorder.find(request.path_params["id"])
    if found is None or found.session is None:
        return _page(GONE, status=404)
    return _flame(found.session)


async def _enter(request: HttpRequest) -> Response:
    try:
        token = await _posted(request)
        principal = await _admin(request, token)
    except (Unauthorized, Forbidden) as error:
        return _sign_in(error, asked=True)
    return _with_cookie(request, token, principal)


async def _leave(_: HttpRequest) -> Response:
    response = RedirectResponse(PATH, 303, headers=SAFE)
    response.delete_cookie(COOKIE, path="/internal", httponly=True, samesite="strict")
    return response


def _offered(request: HttpRequest) -> str:
    """The token of the header or else of the cookie; empty if there is none."""
    header = request.headers.get("authorization")
    if header is None:
        return request.cookies.get(COOKIE, "")
    try:
        return bearer(header)
    except Unauthorized:
        return ""


async def _admin(request: HttpRequest, token: str) -> Principal:
    """Raises `Unauthorized` or `Forbidden` unless `token` is an admin's, now."""
    if not token:
        raise Unauthorized
    principal: Principal = await request.app.state.verifier.verify(token)
    request.app.state.revocations.check(principal)
    if principal.role is not Role.ADMIN or principal.scopes is not None:
        raise WrongRole  # a narrowed token is not for looking at others' requests
    return principal


async def _posted(request: HttpRequest) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            raise TooLarge
    return parse_qs(body.decode("latin-1")).get("token", [""])[0].strip()


def _with_cookie(request: HttpRequest, token: str, principal: Principal) -> Response:
    left = int((principal.expires_at - request.app.state.clock.now()).total_seconds())
    response = RedirectResponse(PATH, 303, headers=SAFE)
    response.set_cookie(
        COOKIE,
        token,
        max_age=min(left, COOKIE_SECONDS),
        path="/internal",
        secure=request.url.scheme == "https",  # a port-forward to one's own machine has no TLS
        httponly=True,
        samesite="strict",
    )
    return response


def _page(body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>Profiler</title><style>{STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )
    policy = {"Content-Security-Policy": CSP.format(scripts="'none'")}
    return HTMLResponse(html, status, {**SAFE, **policy, **(headers or {})})


def _sign_in(error: AppError, *, asked: bool) -> Response:
    refusal = f'<p class="refusal" role="alert">{escape(error.detail)}</p>' if asked else ""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    return _page(SIGN_IN.format(refusal=refusal), status=error.status, headers=headers)


def _table(request: HttpRequest, recorder: Recorder, slower_than_ms: int) -> str:
    shown = recorder.slowest(slower_than_ms)
    mongo = hasattr(request.app.state, "mongo")
    rows = "".join(map(_row, shown)) or '<tr><td colspan="8">No request yet.</td></tr>'
    return TABLE.format(
        service=escape(request.app.title),
        pid=os.getpid(),
        slower_than_ms=slower_than_ms,
        keeps=f"slower than {recorder.slower_than_ms} ms" if recorder.slower_than_ms else "all",
        count=len(shown),
        unit="Mongo command" if mongo else "SQL statement",
        counted=WITH_COMMITS if mongo else WITHOUT_COMMITS,
        rows=rows,
    )


def _row(request: Request) -> str:
    name = escape(f"{request.method} {request.route}")
    view = escape(request.note)
    if request.session is not None:
        label = f"Flame view of {name}, {request.seconds * 1000:.1f} ms"
        view = f'<a href="{PATH}/{request.id}" aria-label="{label}">flame view</a>'
    return (
        f'<tr class="s{request.status // 100}">'
        f'<td class="n"><strong>{request.seconds * 1000:.1f}</strong></td>'
        f'<td>{escape(request.method)}</td><th scope="row">{escape(request.route)}</th>'
        f'<td class="n status">{request.status}</td><td class="n">{request.calls.number}</td>'
        f'<td class="n">{request.calls.seconds * 1000:.1f}</td>'
        f'<td><time datetime="{request.at.isoformat()}">{request.at:%H:%M:%S}</time></td>'
        f"<td>{view}</td></tr>"
    )


def _flame(session: Session) -> Response:
    """pyinstrument's own page, with a way back and nothing from outside."""
    nonce = secrets.token_urlsafe(16)
    html = (
        HTMLRenderer()
        .render(session)
        .replace("<html>", '<html lang="en">', 1)
        .replace("<head>", f'<head><link rel="icon" href="data:,"><style>{BACK_STYLE}</style>', 1)
        .replace("<body>", f'<body><a class="back" href="{PATH}">Back to all requests</a>', 1)
        .replace("<script>", f'<script nonce="{nonce}">')
    )
    policy = {"Content-Security-Policy": CSP.format(scripts=f"'nonce-{nonce}'")}
    return HTMLResponse(html, headers={**SAFE, **policy})


GONE = f"""<h1>This flame view is gone</h1>
<p>Only the latest are kept, in the memory of one process.</p>
<p><a href="{PATH}">Back to all requests</a></p>"""

SIGN_IN = f"""<h1>Profiler</h1>
{{refusal}}
<p>For admins. Paste your access token: this browser keeps it for {COOKIE_SECONDS // 60} minutes at
most, and sends it to the profilers of this host only.</p>
<form method="post" action="{PATH}/sign-in" class="sign-in">
<label for="token">Access token</label>
<input id="token" name="token" type="password" autocomplete="off" required>
<button>Sign in</button>
</form>"""

TABLE = f"""<header><h1>Profiler <small>{{service}}</small></h1>
<form method="post" action="{PATH}/sign-out"><button class="quiet">Sign out</button></form></header>
<p>The last requests of <strong>this process</strong> (pid {{pid}}), slowest first. Other processes
of the service keep their own, and all is forgotten at a restart. A request's time includes its
waiting while others ran. {{unit}}s: {{counted}}.</p>
<form method="get" action="{PATH}" class="filter">
<label for="slower">Slower than</label>
<input id="slower" name="slower_than_ms" type="number" min="0" step="1" value="{{slower_than_ms}}">
<span>ms</span><button>Show</button></form>
<div class="scroll" tabindex="0" role="region" aria-labelledby="caption"><table>
<caption id="caption">{{count}} requests; flame views kept: {{keeps}}</caption>
<thead><tr><th scope="col" class="n" aria-sort="descending">Took, ms</th>
<th scope="col">Method</th><th scope="col">Route</th>
<th scope="col" class="n">Status</th><th scope="col" class="n">{{unit}}s</th>
<th scope="col" class="n">of these, ms</th><th scope="col">At, UTC</th>
<th scope="col">Profile</th></tr></thead>
<tbody>{{rows}}</tbody></table></div>"""

WITH_COMMITS = "commits count; a group commit counts for the request that began it"
WITHOUT_COMMITS = "BEGIN and COMMIT do not count; their time is the request's"

STYLE = """:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--paper:#fff;--line:#d0d7de;
--tint:#f3f5f8;--link:#0550ae;--bad:#b42318}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#a5b0bc;--paper:#14181d;
--line:#353c45;--tint:#1d232a;--link:#7cb7ff;--bad:#ff8f85}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 3rem}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem}
h1{font-size:1.5rem;margin:.2rem 0}h1 small{font-weight:400;color:var(--soft);font-size:1rem}
p{max-width:46rem;color:var(--soft)}a{color:var(--link)}p strong{color:var(--ink)}
input,button{font:inherit;color:inherit;background:var(--tint);border:1px solid var(--line);
border-radius:6px;padding:.35rem .7rem}button{cursor:pointer;font-weight:600}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.quiet{font-weight:400}.filter{display:flex;align-items:center;gap:.5rem;flex-wrap:wrap}
.filter input{width:7rem}.sign-in{display:grid;gap:.5rem;max-width:30rem}
.sign-in button{justify-self:start}.refusal{color:var(--bad);font-weight:600}
.scroll{overflow-x:auto;margin-top:1rem;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.5rem .75rem;color:var(--soft)}
th,td{padding:.4rem .75rem;text-align:left;border-top:1px solid var(--line);white-space:nowrap}
thead th{background:var(--tint);font-size:.85rem}
tbody th{font-weight:400;font-family:ui-monospace,monospace;font-size:.9rem}
tbody tr:hover{background:var(--tint)}.n{text-align:right}
.s4 .status,.s5 .status{color:var(--bad);font-weight:600}"""

BACK_STYLE = """.back{position:fixed;right:1rem;bottom:1rem;z-index:9;padding:.4rem .8rem;
border-radius:6px;background:#e6edf3;color:#0b3d8c;font:600 14px/1.4 system-ui,sans-serif}
.back:focus-visible{outline:3px solid #ffb454;outline-offset:2px}"""
