"""What a person's wishes about their data mean here."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs import outbox
from libs.events.user import AccountErased, ExportRequested
from payment_service.privacy.schemas import CollectExport, EraseAccount


async def on_export_requested(session: AsyncSession, event: ExportRequested) -> None:
    """Collects beside the events of others: it takes a while."""
    job = CollectExport(export_id=event.export_id, account_id=event.account_id, folder=event.folder)
    await outbox.enqueue(session, job)


async def on_account_erased(session: AsyncSession, event: AccountErased) -> None:
    """Erases beside the events of others."""
    job = EraseAccount(erasure_id=event.erasure_id, account_id=event.account_id)
    await outbox.enqueue(session, job)
