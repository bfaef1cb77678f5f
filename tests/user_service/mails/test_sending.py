"""Mails that are asked for, sent, and forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from libs.errors import Unavailable
from tests.user_service.world import World
from user_service.mails import service
from user_service.mails.jobs import ForgetOldMails
from user_service.mails.schemas import SendMail
from user_service.mails.smtp_gateway import Mail
from user_service.mails.templates import Reader


async def ask(world: World) -> SendMail:
    async with world.parts.database.transaction() as session:
        await service.ask(session, "already-registered", Reader("a@example.org", "hi"))
    [(mail_id,)] = await world.rows("SELECT id FROM outgoing_mails")
    return SendMail(mail_id=mail_id)


async def test_a_mail_is_sent_once_however_often_its_job_runs(world: World) -> None:
    job = await ask(world)
    await world.run_jobs()
    await world.run(job)
    [mail] = world.mailer.mails
    assert (mail.to, mail.id) == ("a@example.org", str(job.mail_id))
    assert mail.subject == "आपका StudyZed खाता पहले से मौजूद है"
    assert [sent for (sent,) in await world.rows("SELECT sent_at FROM outgoing_mails")] == [
        world.clock.now()
    ]


async def test_a_mail_waits_while_the_server_is_away(world: World) -> None:
    job = await ask(world)
    sent, taken = world.mailer.send, False

    async def send(mail: Mail) -> None:
        if not taken:
            raise Unavailable
        await sent(mail)

    world.mailer.send = send  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        await world.run(job)
    assert world.mailer.mails == []
    taken = True
    await world.run(job)
    assert len(world.mailer.mails) == 1


async def test_what_is_rolled_back_is_not_sent(world: World) -> None:
    async def twice(session: AsyncSession) -> None:
        await service.ask(session, "already-registered", Reader("a@example.org"))
        await service.ask(session, "already-registered", Reader("a@example.org"), {"code": "1"})

    with pytest.raises(ValueError, match="takes"):
        await world.parts.database.run(twice)
    assert await world.count("outgoing_mails") == 0
    await world.run_jobs()
    assert world.mailer.mails == []


async def test_old_mails_are_forgotten(world: World) -> None:
    await ask(world)
    world.clock.move(timedelta(days=30))
    await world.run(ForgetOldMails())
    assert await world.count("outgoing_mails") == 1
    world.clock.move(timedelta(microseconds=1))
    await world.run(ForgetOldMails())
    assert await world.count("outgoing_mails") == 0
