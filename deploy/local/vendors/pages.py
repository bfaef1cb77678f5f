"""The frame of the few HTML pages this process serves: own style, no external files."""

import secrets
from html import escape

from starlette.responses import HTMLResponse

STYLE = """
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--text:#1c2330;--soft:#525c6c;--line:#d5dae2;
--accent:#1a56b0;--on-accent:#fff;--good:#17693a;--bad:#a8231c;--note:#fff3cd;--on-note:#4d3a00}
@media(prefers-color-scheme:dark){:root{--bg:#14171c;--card:#1d2229;--text:#e8ebf0;--soft:#aab4c2;
--line:#39414d;--accent:#8db8ff;--on-accent:#0d1b33;--good:#6fd398;--bad:#ff9a92;--note:#3d3310;
--on-note:#ffe9a8}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem 4rem}
main.narrow{max-width:30rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
p{margin:.5rem 0}
.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem}
.note{background:var(--note);color:var(--on-note);border-radius:.5rem;padding:.6rem .9rem;
font-weight:600;margin:0 0 1rem}
.alert{border-left:.3rem solid var(--bad);padding:.4rem .9rem;margin:0 0 1rem}
a{color:var(--accent)}
table{width:100%;border-collapse:collapse}
th,td{text-align:left;padding:.4rem .5rem .4rem 0;border-bottom:1px solid var(--line);
vertical-align:top;overflow-wrap:break-word}
td.sum,th.sum{text-align:right;white-space:nowrap;padding-right:0}
.total{font-weight:700;font-size:1.15rem}
.row{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem;align-items:center}
button{font:inherit;font-weight:600;padding:.7rem 1.6rem;border-radius:.5rem;cursor:pointer;
border:2px solid var(--accent);background:var(--accent);color:var(--on-accent)}
button.second{background:transparent;color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
input{font:inherit;padding:.5rem;border:1px solid var(--soft);border-radius:.4rem;
background:var(--card);color:var(--text)}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
iframe{width:100%;height:24rem;border:1px solid var(--line);border-radius:.4rem;background:#fff}
summary{cursor:pointer;padding:.3rem 0}
"""


def page(
    title: str, body: str, *, status: int = 200, width: str = "", script: str = ""
) -> HTMLResponse:
    """A whole page. `title` is plain text; `body` is HTML whose parts are already escaped."""
    nonce = secrets.token_urlsafe(16)
    tag = f'<script nonce="{nonce}">{script}</script>' if script else ""
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f'<body><main class="{escape(width)}">{body}</main>{tag}</body></html>'
    )
    # No form-action: after a payment the form is redirected to the shop's own origin.
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
        f"script-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html, status_code=status, headers=headers)
