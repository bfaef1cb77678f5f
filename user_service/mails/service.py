"""Mails about a person's account: asked for in the transaction of what they tell, sent by a job."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.ids import new_id
from user_service.mails import repository
from user_service.mails.models import OutgoingMail
from user_service.mails.schemas import SendMail
from user_service.mails.smtp_gateway import Mail
from user_service.mails.templates import TEMPLATES, Reader, Value, render

Kept = str | int | dict[str, str]
"""A value as JSON; an instant stands in an object of its own, since a text may say anything."""


async def ask(
    session: AsyncSession,
    kind: str,
    reader: Reader,
    values: Mapping[str, Value] | None = None,
    *,
    account_id: UUID | None = None,
) -> None:
    """Notes a mail of a kind of `templates.TEMPLATES`, to be sent after the commit.

    Raises `ValueError` when the values are not those that the kind names: here, where a test sees
    it, and not in the job.
    """
    values = values or {}
    render(kind, reader, values)
    mail = OutgoingMail(
        id=new_id(),
        account_id=account_id,
        email=reader.email,
        locale=reader.locale,
        zone=reader.zone,
        kind=kind,
        version=TEMPLATES[kind].version,
        values={name: _kept(value) for name, value in values.items()},
        created_at=session.info["clock"].now(),
    )
    await repository.add(session, mail)
    await outbox.enqueue(session, SendMail(mail_id=mail.id))


def written(mail: OutgoingMail) -> Mail:
    """The mail as it is sent; its Message-ID is the row's, so that a second copy is known as
    one.
    """
    values = {name: _meant(value) for name, value in mail.values.items()}
    ready = render(mail.kind, Reader(mail.email, mail.locale, mail.zone), values)
    return Mail(ready.to, ready.subject, ready.text, ready.html, str(mail.id))


def _kept(value: Value) -> Kept:
    return {"instant": value.isoformat()} if isinstance(value, datetime) else value


def _meant(value: Kept) -> Value:
    return datetime.fromisoformat(value["instant"]) if isinstance(value, dict) else value
