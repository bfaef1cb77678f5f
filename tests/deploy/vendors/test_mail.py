"""The mail catcher over real sockets, with the standard library's client and aiosmtplib."""

import asyncio
import smtplib
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest

from tests.deploy.vendors.running import Stand


def mail(to: str, subject: str, text: str = "Hallo", html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "hello@studyzed.example", to, subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


async def send(stand: Stand, message: EmailMessage, **options: Any) -> None:
    port = stand.settings.smtp_port
    await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False, **options)


async def mailbox(stand: Stand, **query: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (
        await stand.http.get(f"{stand.base}/dev/mailbox", params=query)
    ).json()
    return found


async def test_shape_and_order(stand: Stand) -> None:
    await send(stand, mail("Ann@Example.com", "Dein Code: 123456, für Ännchen", "Grüße\n"))
    await send(stand, mail("bob@example.com", "Other"))
    await send(stand, mail("ann@example.com", "Second", html="<p>Hi</p>"))
    found = await mailbox(stand, to="ANN@example.com")
    assert [each["subject"] for each in found] == ["Second", "Dein Code: 123456, für Ännchen"]
    assert set(found[0]) == {"to", "subject", "text", "html", "at"}
    assert (found[0]["text"].strip(), found[0]["html"].strip()) == ("Hallo", "<p>Hi</p>")
    assert (found[1]["text"].strip(), found[1]["html"]) == ("Grüße", "")
    assert found[1]["to"] == "Ann@Example.com"
    assert found[0]["at"] > found[1]["at"]
    assert len(await mailbox(stand)) == 3
    assert await mailbox(stand, to="nobody@example.com") == []


async def test_each_recipient_gets_a_copy(stand: Stand) -> None:
    message = mail("a@example.com, b@example.com", "Both")
    message["Bcc"] = "c@example.com"
    await send(stand, message)
    assert {each["to"] for each in await mailbox(stand)} == {
        "a@example.com",
        "b@example.com",
        "c@example.com",
    }


async def test_login_and_the_standard_client(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    def session() -> None:
        with smtplib.SMTP("127.0.0.1", stand.settings.smtp_port, timeout=5) as client:
            client.login("anyone", "anything")
            client.send_message(mail("ann@example.com", "With login"))

    await asyncio.to_thread(session)
    assert [each["subject"] for each in await mailbox(stand)] == ["With login"]
    assert "deprecated" not in caplog.text


async def test_unknown_charset_and_no_subject(stand: Stand) -> None:
    raw = b"To: ann@example.com\r\nContent-Type: text/plain; charset=klingon\r\n\r\nQapla\r\n"

    def session() -> None:
        with smtplib.SMTP("127.0.0.1", stand.settings.smtp_port, timeout=5) as client:
            client.sendmail("x@example.com", ["ann@example.com"], raw)

    await asyncio.to_thread(session)
    (found,) = await mailbox(stand)
    assert (found["subject"], found["text"].strip()) == ("", "Qapla")


async def test_ordered_failure_is_temporary(stand: Stand) -> None:
    await stand.http.post(f"{stand.base}/dev/mail/control", json={"fail_next": 1})
    with pytest.raises(aiosmtplib.SMTPDataError) as caught:
        await send(stand, mail("ann@example.com", "Lost"))
    assert caught.value.code == 451
    await send(stand, mail("ann@example.com", "Found"))
    assert [each["subject"] for each in await mailbox(stand)] == ["Found"]


async def test_view_shows_html_in_a_sandbox_and_escapes(stand: Stand) -> None:
    await send(stand, mail("ann@example.com", "<b>Hi</b>", html='<p title="x">Hi</p><script>1'))
    await send(stand, mail("bob@example.com", "Other"))
    response = await stand.http.get(f"{stand.base}/dev/mailbox/", params={"to": "ann@example.com"})
    assert "&lt;b&gt;Hi&lt;/b&gt;" in response.text
    assert "Other" not in response.text
    assert '<iframe sandbox="" ' in response.text
    assert 'srcdoc="&lt;p title=&quot;x&quot;&gt;' in response.text
    assert "<script>1" not in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_only_the_newest_thousand_are_kept(stand: Stand) -> None:
    for number in range(1001):
        stand.vendors.mailbox.take(f"Subject: {number}\r\n\r\nHi".encode(), ["a@example.com"])
    kept = await mailbox(stand)
    assert (len(kept), kept[0]["subject"], kept[-1]["subject"]) == (1000, "1000", "1")
