"""What a person's wishes about their data mean here."""

from libs.events.user import AccountErased, ExportRequested
from libs.mongo import MongoSession
from libs.mongo_outbox import enqueue
from message_service.privacy.schemas import CollectExport, EraseAccount


async def on_export_requested(session: MongoSession, event: ExportRequested) -> None:
    """Collects beside the events of others: it takes a while."""
    job = CollectExport(export_id=event.export_id, account_id=event.account_id, folder=event.folder)
    await enqueue(session, job)


async def on_account_erased(session: MongoSession, event: AccountErased) -> None:
    """Erases beside the events of others. The public code stays, as a pseudonym."""
    await enqueue(session, EraseAccount(erasure_id=event.erasure_id, account_id=event.account_id))
