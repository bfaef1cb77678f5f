"""The proof that the books are whole (P-A2): by an admin's request, and each hour by a job."""

from libs import log
from libs.postgres import Database
from payment_service.ledger import repository
from payment_service.ledger.schemas import CheckLedger, LedgerCheck

logger = log.get(__name__)


async def check(database: Database) -> LedgerCheck:
    """Compares every balance with the sum of its lines, and every posting with zero, as of one
    moment.
    """
    async with database.transaction() as session:
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        accounts, postings = await repository.count(session)
        drifts = await repository.list_drifts(session)
        broken = await repository.list_broken(session)
    return LedgerCheck(
        balanced=not drifts and not broken,
        accounts=accounts, postings=postings, drifts=drifts, broken=broken,
    )  # fmt: skip


async def check_ledger(database: Database, _: CheckLedger) -> None:
    """Writes what is wrong into the log, as an error, for somebody to look at."""
    found = await check(database)
    if not found.balanced:
        logger.error(
            "ledger_unbalanced",
            drifts=[str(drift.account_id) for drift in found.drifts],
            broken=[str(posting) for posting in found.broken],
        )
