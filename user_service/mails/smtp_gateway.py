"""Mail about a person's credentials, by SMTP."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from urllib.parse import unquote, urlsplit

from libs.crashpoint import reach
from libs.errors import Unavailable

TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class Mail:
    """One message, in plain text and HTML. With an `id` each copy has the same Message-ID."""

    to: str
    subject: str
    text: str
    html: str
    id: str = ""


class SmtpGateway:
    """Sends through one SMTP server; `smtps://` for TLS, else STARTTLS where it is offered."""

    def __init__(self, url: str, sender: str) -> None:
        self._url = urlsplit(url)
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Hands a message over. Raises `Unavailable` when the server does not take it now."""
        import aiosmtplib  # noqa: PLC0415  (only the worker sends)

        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.to, mail.subject
        domain = self._sender.rpartition("@")[2].strip("<> ")
        message["Message-ID"] = f"<{mail.id}@{domain}>" if mail.id else make_msgid(domain=domain)
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        try:
            await reach("smtp.before_send")
            await aiosmtplib.send(
                message,
                hostname=self._url.hostname,
                port=self._url.port,
                username=unquote(self._url.username) if self._url.username else None,
                password=unquote(self._url.password) if self._url.password else None,
                use_tls=self._url.scheme == "smtps",
                timeout=TIMEOUT_SECONDS,
            )
            await reach("smtp.after_send")
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable("the mail server does not take messages") from error
