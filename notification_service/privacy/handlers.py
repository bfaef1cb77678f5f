"""What a person's wishes about their data mean here."""

from libs.events.user import AccountErased, ExportRequested
from libs.mongo import MongoSession
from libs.mongo_outbox import enqueue
from notification_service.people import service as people
from notification_service.privacy.schemas import CollectExport, EraseAccount


async def on_export_requested(session: MongoSession, event: ExportRequested) -> None:
    """Collects beside the events of others: it takes a while."""
    job = CollectExport(export_id=event.export_id, account_id=event.account_id, folder=event.folder)
    await enqueue(session, job)


async def on_account_erased(session: MongoSession, event: AccountErased) -> None:
    """The name goes at once, and for good; nothing is told to this account any more."""
    await people.forget(session, event)
    await enqueue(session, EraseAccount(erasure_id=event.erasure_id, account_id=event.account_id))
