"""A mail server that keeps every mail and sends none, and the mailbox that shows them."""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from deploy.local.vendors.faults import Faults, control
from deploy.local.vendors.pages import page

KEPT = 1000
SHOWN = 100
LARGEST_MAIL = 10 * 1024 * 1024


@dataclass(frozen=True)
class Mail:
    """One mail for one recipient; `text` and `html` are empty when the mail has no such part."""

    to: str
    subject: str
    text: str
    html: str
    at: str


@dataclass
class Mailbox:
    """All mails in memory, the newest thousand. `now` gives Unix time in seconds."""

    now: Callable[[], float]
    faults: Faults = field(default_factory=Faults)
    mails: deque[Mail] = field(default_factory=lambda: deque(maxlen=KEPT))

    def routes(self) -> list[Route]:
        """For the process's application."""
        return [
            Route("/dev/mailbox", self.list_mails, methods=["GET"]),
            Route("/dev/mailbox/", self.show, methods=["GET"]),
            Route("/dev/mail/control", self.control, methods=["GET", "POST"]),
        ]

    async def control(self, request: Request) -> Response:
        """Tell or set the faults of this stand-in."""
        return await control(self.faults, request)

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """aiosmtpd's hook for a complete mail; returns the SMTP reply."""
        await self.faults.wait()
        if self.faults.take("fail_next"):
            return "451 A fault was ordered: nothing was taken"
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        self.take(raw, [str(address) for address in envelope.rcpt_tos])
        if self.faults.take("lose_next"):
            return "451 A fault was ordered: the answer was lost"
        return "250 OK"

    def take(self, raw: bytes, recipients: list[str]) -> None:
        """Keep a mail once for each recipient of its envelope."""
        message = message_from_bytes(raw, policy=policy.default)
        text, html = _part(message, "plain"), _part(message, "html")
        subject = str(message.get("subject", ""))
        at = datetime.fromtimestamp(self.now(), UTC).isoformat()
        self.mails.extend(Mail(to, subject, text, html, at) for to in recipients)

    def newest(self, to: str | None) -> list[Mail]:
        """Newest first; of one address in any case, or of all."""
        return [
            mail
            for mail in reversed(self.mails)
            if to is None or mail.to.casefold() == to.casefold()
        ]

    async def list_mails(self, request: Request) -> Response:
        """The mailbox as JSON."""
        found = self.newest(request.query_params.get("to"))
        return JSONResponse([asdict(mail) for mail in found])

    async def show(self, request: Request) -> HTMLResponse:
        """The mailbox for people."""
        to = request.query_params.get("to", "").strip()
        found = self.newest(to or None)
        items = "".join(_item(mail) for mail in found[:SHOWN])
        body = (
            '<p><a href="/_studyzed/">StudyZed</a></p><h1>Mailbox</h1>'
            '<p class="soft">Mails that the platform sent. None of them left this machine.</p>'
            '<form method="get" class="row"><label for="to">To</label>'
            f'<input id="to" name="to" type="search" value="{escape(to, quote=True)}">'
            '<button class="second">Show</button></form>'
            f'<p role="status">{len(found)} mail{"" if len(found) == 1 else "s"}'
            f"{', the newest ' + str(SHOWN) + ' shown' if len(found) > SHOWN else ''}</p>{items}"
        )
        return page("Mailbox | StudyZed", body)


class QuietSession(Session):
    """aiosmtpd 1.4.6 warns of its own deprecated attribute each time somebody logs in."""

    login_data: Any = None


class Server(SMTP):
    """Takes any login, since a password is nothing to check here."""

    def __init__(self, mailbox: Mailbox, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            mailbox, loop=loop, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True,
            hostname="localhost", auth_require_tls=False, authenticator=_anyone,
        )  # fmt: skip

    def _create_session(self) -> Session:
        return QuietSession(self.loop)


async def serve(mailbox: Mailbox, sock: socket.socket) -> asyncio.Server:
    """Accept mail on a bound socket, on the running loop, until the server is closed."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: Server(mailbox, loop), sock=sock)


def _anyone(*_: object) -> AuthResult:
    return AuthResult(success=True)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except LookupError:  # a charset that Python does not know
        content = part.get_payload(decode=True)
    return content if isinstance(content, str) else bytes(content).decode("utf-8", "replace")


def _item(mail: Mail) -> str:
    subject, frame = escape(mail.subject or "(no subject)"), ""
    if mail.html:
        source = escape(mail.html, quote=True)
        frame = f'<iframe sandbox="" title="HTML of: {subject}" srcdoc="{source}"></iframe>'
    text = f"<pre>{escape(mail.text)}</pre>" if mail.text else ""
    return (
        f"<details><summary><strong>{subject}</strong> "
        f'<span class="soft">to {escape(mail.to)}, {escape(mail.at)}</span></summary>'
        f"{text}{frame}</details>"
    )
