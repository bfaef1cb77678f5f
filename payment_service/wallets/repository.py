"""Queries for wallets and their statements."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.ids import new_id
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.ledger.postings import Account, AccountKind
from payment_service.wallets.errors import WalletNotFound
from payment_service.wallets.models import Wallet, WalletAct, new_number
from payment_service.wallets.periods import Period
from payment_service.wallets.schemas import WalletActOut, WalletAdminOut

_SEEN = Query(
    text("""
    SELECT w.account_number, CAST(:currency AS text) AS currency, w.frozen_at,
      w.frozen_at IS NOT NULL OR COALESCE(w.disputes, 0) > 0 AS frozen,
      COALESCE((SELECT sum(amount) FROM ledger_balances
                WHERE account_id = CAST(:free AS uuid)), 0)::bigint AS balance,
      COALESCE((SELECT sum(amount) FROM ledger_balances
                WHERE account_id = CAST(:held AS uuid)), 0)::bigint AS held
    FROM (SELECT 1) AS one
    LEFT JOIN wallets w ON w.owner_id = CAST(:owner_id AS uuid) AND w.currency = :currency
    """)
)
_STATEMENT = Query(
    text("""
    WITH lines AS (
      SELECT p.id, p.posted_at AS at, p.kind, p.reference, l.amount,
        (sum(l.amount) OVER (ORDER BY p.posted_at, p.id))::bigint AS balance
      FROM ledger_lines l JOIN ledger_postings p ON p.id = l.posting_id
      WHERE l.account_id = CAST(:free AS uuid) AND p.posted_at < CAST(:until AS timestamptz)
    ), last AS (
      SELECT posted_at, id FROM ledger_postings WHERE id = CAST(:after AS uuid)
    )
    SELECT (SELECT account_number FROM wallets
            WHERE owner_id = CAST(:owner_id AS uuid) AND currency = :currency) AS account_number,
      COALESCE((SELECT sum(amount) FROM lines
                WHERE at < CAST(:since AS timestamptz)), 0)::bigint AS opening,
      COALESCE((SELECT sum(amount) FROM lines), 0)::bigint AS closing, shown.*
    FROM (SELECT 1) AS one LEFT JOIN LATERAL (
      SELECT * FROM lines WHERE at >= CAST(:since AS timestamptz)
        AND (CAST(:after AS uuid) IS NULL OR (at, id) > (SELECT posted_at, id FROM last))
      ORDER BY at, id LIMIT CAST(:rows AS int)
    ) AS shown ON true ORDER BY shown.at, shown.id
    """)
)
"""Reads all lines of one wallet that are older than the end; a person's are some hundreds."""
_FROZEN = or_(Wallet.frozen_at.is_not(None), Wallet.disputes > 0)
_FREE = and_(Wallet.frozen_at.is_(None), Wallet.disputes == 0)
_OWNER = {"owner_id": Wallet.owner_id == bindparam("owner_id")}
_SHOWN = select(*columns_of(Wallet, WalletAdminOut))
_PAGES = {
    None: PageQuery(_SHOWN, Wallet.id, _OWNER),
    True: PageQuery(_SHOWN.where(_FROZEN), Wallet.id, _OWNER),
    False: PageQuery(_SHOWN.where(_FREE), Wallet.id, _OWNER),
}
_ACTS = PageQuery(
    select(*columns_of(WalletAct, WalletActOut)).where(
        WalletAct.wallet_id == bindparam("wallet_id")
    ),
    WalletAct.id,
)


_EXISTS = Query(select(Wallet.id).where(Wallet.id == bindparam("wallet_id")))


async def see(reads: Reads, owner_id: UUID, currency: str) -> Row:
    """A person's wallet with its balances; nothing in it if there is none."""
    free = Account(AccountKind.WALLET, currency, owner_id)
    held = Account(AccountKind.HOLD, currency, owner_id)
    found = await _SEEN.all(reads, owner_id=owner_id, currency=currency, free=free.id, held=held.id)
    return found[0]


async def read_lines(
    reads: Reads,
    owner_id: UUID,
    currency: str,
    period: Period,
    page: PageRequest,
) -> list[Row]:
    """One more line of a period than the page has; each with the opening and closing balance.
    Without lines one row, whose `id` is null.
    """
    return await _STATEMENT.all(
        reads,
        owner_id=owner_id,
        currency=currency,
        since=period.since,
        until=period.until,
        after=page.after,
        rows=page.limit + 1,
        free=Account(AccountKind.WALLET, currency, owner_id).id,
    )


async def list_page(
    reads: Reads, page: PageRequest, frozen: bool | None, owner_id: UUID | None
) -> RowPage:
    """Wallets for admins, newest first."""
    return await _PAGES[frozen].page(reads, page, owner_id=owner_id)


async def list_acts(reads: Reads, page: PageRequest, wallet_id: UUID) -> RowPage:
    """What admins did to a wallet, newest first. Raises `WalletNotFound`."""
    found = await _ACTS.page(reads, page, wallet_id=wallet_id)
    if not found["items"] and await _EXISTS.first(reads, wallet_id=wallet_id) is None:
        raise WalletNotFound
    return found


async def open_locked(
    session: AsyncSession, owner_id: UUID, currency: str, now: datetime
) -> Wallet:
    """A person's wallet, locked; a new one if there is none."""
    statement = insert(Wallet).values(
        id=new_id(), owner_id=owner_id, currency=currency, account_number=new_number(),
        opened_at=now, revision=1,
    )  # fmt: skip
    statement = statement.on_conflict_do_nothing(index_elements=["owner_id", "currency"])
    await session.execute(statement)
    wallet = await find_locked(session, owner_id, currency)
    if wallet is None:
        raise WalletNotFound
    return wallet


async def find_locked(session: AsyncSession, owner_id: UUID, currency: str) -> Wallet | None:
    """A person's wallet, locked, as it stands now; if there is one."""
    statement = select(Wallet).where(Wallet.owner_id == owner_id, Wallet.currency == currency)
    return await session.scalar(
        statement.with_for_update().execution_options(populate_existing=True)
    )


async def lock(session: AsyncSession, wallet_id: UUID) -> Wallet:
    """A wallet for what the platform and its admins do, locked. Raises `WalletNotFound`."""
    wallet = await session.get(Wallet, wallet_id, with_for_update=True, populate_existing=True)
    if wallet is None:
        raise WalletNotFound
    return wallet


async def add_act(session: AsyncSession, act: WalletAct) -> None:
    """Keeps what an admin did."""
    session.add(act)
    await session.flush()
