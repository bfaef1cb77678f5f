"""Queries for quotes."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal
from libs.hot_reads import Query, Row, columns_of
from libs.postgres import Reads
from payment_service.quotes.errors import QuoteNotFound
from payment_service.quotes.models import Quote
from payment_service.quotes.schemas import QuoteOut

OLD_QUOTES = (
    "DELETE FROM quotes WHERE expires_at < clock_timestamp() - interval '1 day' AND NOT EXISTS "
    "(SELECT FROM payments WHERE payments.quote_id = quotes.id)"
)
"""For the relay's sweep: quotes that nobody took."""
_OWN = Query(
    select(*columns_of(Quote, QuoteOut)).where(
        Quote.id == bindparam("quote_id"), Quote.tutor_id == bindparam("tutor_id")
    )
)


async def add(session: AsyncSession, quote: Quote) -> None:
    """Adds a quote."""
    session.add(quote)
    await session.flush()


async def show_own(reads: Reads, user: Principal, quote_id: UUID) -> Row:
    """A tutor's own quote. Raises `QuoteNotFound`."""
    found = await _OWN.first(reads, quote_id=quote_id, tutor_id=user.account_id)
    if found is None:
        raise QuoteNotFound
    return found


async def get_own(session: AsyncSession, quote_id: UUID, tutor_id: UUID) -> Quote:
    """A tutor's own quote, expired or not. Raises `QuoteNotFound`."""
    statement = select(Quote).where(Quote.id == quote_id, Quote.tutor_id == tutor_id)
    quote = await session.scalar(statement)
    if quote is None:
        raise QuoteNotFound
    return quote
