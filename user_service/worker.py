"""The jobs of user_service, run by Celery."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from libs import outbox_jobs
from libs.celery import Worker, celery_app
from libs.clock import SystemClock
from libs.objects import Objects
from libs.postgres import Database
from libs.settings import load
from user_service.accounts import jobs as accounts
from user_service.admin import jobs as admin
from user_service.audit import chain
from user_service.audit import jobs as audit
from user_service.codes.schemas import SendCode
from user_service.email_changes import jobs as email_changes
from user_service.email_changes.schemas import SendEmailChange
from user_service.erasures import jobs as erasures
from user_service.erasures.schemas import EraseDue
from user_service.exports import jobs as exports
from user_service.exports.schemas import (
    CollectExport,
    DropExport,
    DropParts,
    PackExport,
    SweepExports,
)
from user_service.invites import jobs as invites
from user_service.invites.schemas import RunImport, SendInvite
from user_service.mails import jobs as mails
from user_service.mails.schemas import SendMail
from user_service.mails.smtp_gateway import SmtpGateway
from user_service.pictures import jobs as pictures
from user_service.pictures.schemas import ClearPicture, ConvertPicture, SweepPictures
from user_service.privacy import jobs as privacy
from user_service.privacy.schemas import ForgetOld
from user_service.proofs import jobs as proofs
from user_service.settings import Settings


@dataclass(frozen=True)
class Resources:
    """What jobs need."""

    database: Database
    mailer: SmtpGateway
    secret: str
    objects: Objects


@asynccontextmanager
async def open_resources() -> AsyncIterator[Resources]:
    """Opens clients on the worker's loop."""
    settings = load(Settings)
    clock = SystemClock()
    database = Database(settings, clock, name="user_worker", info=chain.info(settings))
    mailer = SmtpGateway(settings.smtp_url.get_secret_value(), settings.mail_from)
    objects = Objects(settings, clock)
    try:
        yield Resources(database, mailer, settings.code_secret.get_secret_value(), objects)
    finally:
        await objects.close()
        await database.close()


async def _send_code(parts: Resources, job: SendCode) -> None:
    await accounts.send_code(parts.database, parts.mailer, parts.secret, job)


async def _send_email_change(parts: Resources, job: SendEmailChange) -> None:
    await email_changes.send(parts.database, parts.mailer, parts.secret, job)


async def _send_mail(parts: Resources, job: SendMail) -> None:
    await mails.send(parts.database, parts.mailer, job)


async def _run_import(parts: Resources, job: RunImport) -> None:
    await invites.run_import(parts.database, job)


async def _send_invite(parts: Resources, job: SendInvite) -> None:
    await invites.send(parts.database, parts.mailer, parts.secret, job)


async def _forget_old_invites(parts: Resources, job: invites.ForgetOldInvites) -> None:
    await invites.forget_old(parts.database, job)


async def _forget_old_mails(parts: Resources, job: mails.ForgetOldMails) -> None:
    await mails.forget_old(parts.database, job)


async def _seal_entries(parts: Resources, job: audit.SealEntries) -> None:
    await audit.seal_entries(parts.database, job)


async def _lift_blocks(parts: Resources, job: admin.LiftBlocks) -> None:
    await admin.lift_blocks(parts.database, job)


async def _convert_picture(parts: Resources, job: ConvertPicture) -> None:
    await pictures.convert(parts.database, parts.objects, job)


async def _clear_picture(parts: Resources, job: ClearPicture) -> None:
    await pictures.clear(parts.database, parts.objects, job.picture_id)


async def _sweep_pictures(parts: Resources, _: SweepPictures) -> None:
    await pictures.sweep(parts.database, parts.objects)


async def _forget_old_challenges(parts: Resources, job: proofs.ForgetOldChallenges) -> None:
    await proofs.forget_old(parts.database, job)


async def _begin(parts: Resources, job_id: UUID) -> bool:
    return await parts.database.run(lambda session: outbox_jobs.begin_job(session, job_id))


async def _collect_export(parts: Resources, job: CollectExport) -> None:
    await exports.collect(parts.database, parts.objects, job)


async def _pack_export(parts: Resources, job: PackExport) -> None:
    await exports.pack(parts.database, parts.objects, job)


async def _drop_parts(parts: Resources, job: DropParts) -> None:
    await exports.drop_parts(parts.objects, job)


async def _drop_export(parts: Resources, job: DropExport) -> None:
    await exports.drop(parts.database, parts.objects, job)


async def _sweep_exports(parts: Resources, job: SweepExports) -> None:
    await exports.sweep(parts.database, job)


async def _erase_due(parts: Resources, job: EraseDue) -> None:
    await erasures.erase_due(parts.database, job)


async def _forget_old(parts: Resources, job: ForgetOld) -> None:
    await privacy.forget_old(parts.database, job)


async def _close(parts: Resources, job_id: UUID) -> None:
    await parts.database.run(lambda session: outbox_jobs.close_job(session, job_id))


async def _postpone(parts: Resources, job_id: UUID, delays: Sequence[float], error: str) -> bool:
    return await parts.database.run(
        lambda session: outbox_jobs.postpone_job(session, job_id, delays, error)
    )


WORKER = Worker(
    service="user",
    broker_url=lambda: load(Settings).celery_broker_url.get_secret_value(),
    open=open_resources,
    jobs={
        SendCode: _send_code,
        SendEmailChange: _send_email_change,
        SendMail: _send_mail,
        CollectExport: _collect_export,
        PackExport: _pack_export,
        DropParts: _drop_parts,
        DropExport: _drop_export,
        SweepExports: _sweep_exports,
        EraseDue: _erase_due,
        ForgetOld: _forget_old,
        mails.ForgetOldMails: _forget_old_mails,
        RunImport: _run_import,
        SendInvite: _send_invite,
        invites.ForgetOldInvites: _forget_old_invites,
        admin.LiftBlocks: _lift_blocks,
        audit.SealEntries: _seal_entries,
        ConvertPicture: _convert_picture,
        ClearPicture: _clear_picture,
        SweepPictures: _sweep_pictures,
        proofs.ForgetOldChallenges: _forget_old_challenges,
    },
    begin=_begin,
    close=_close,
    postpone=_postpone,
    schedule={
        mails.ForgetOldMails: 3_600,
        invites.ForgetOldInvites: 3_600,
        admin.LiftBlocks: 30,
        audit.SealEntries: 10,
        SweepExports: 60,
        EraseDue: 60,
        ForgetOld: 3_600,
        SweepPictures: 600,
        proofs.ForgetOldChallenges: 600,
    },
)
app = celery_app(WORKER)
