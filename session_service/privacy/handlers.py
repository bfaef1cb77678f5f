"""What a person's wishes about their data mean here."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.data_map import FORMER
from libs.events.user import AccountErased, ExportRequested
from session_service.people import repository as people
from session_service.people.models import UNKNOWN, Person
from session_service.privacy.schemas import CollectExport, EraseAccount


async def on_export_requested(session: AsyncSession, event: ExportRequested) -> None:
    """Collects beside the events of others: it takes a while."""
    job = CollectExport(export_id=event.export_id, account_id=event.account_id, folder=event.folder)
    await outbox.enqueue(session, job)


async def on_account_erased(session: AsyncSession, event: AccountErased) -> None:
    """The name goes at once, and for good: what tells of it later is older than this copy."""
    nobody = Person(
        account_id=event.account_id,
        user_code=event.user_code,
        name=FORMER,
        zone=UNKNOWN,
        role="",
        revision=event.revision,
    )
    await people.save(session, nobody)
    job = EraseAccount(erasure_id=event.erasure_id, account_id=event.account_id)
    await outbox.enqueue(session, job)
