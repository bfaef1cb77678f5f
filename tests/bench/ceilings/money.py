"""Postings and wallets; see `ceilings/http.py`. `postings` is our own ledger behind the handler of
`bare`, whose transaction writes the same rows by plain statements.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from starlette.responses import Response

from libs.clock import SystemClock
from libs.hot_writes import HotTransaction
from libs.ids import new_id
from libs.postgres import Database
from libs.settings import load
from payment_service.ledger import service as ledger
from payment_service.ledger.postings import Account, AccountKind, Posting
from payment_service.ledger.wallet_entries import wallet_sale
from payment_service.settings import Settings
from payment_service.wallets import repository as wallets
from tests.bench.ceilings.http import answer, bare_app, pool

CURRENCY, AMOUNT = "INR", 1
LOCK = """
SELECT account_id, amount FROM ledger_balances WHERE (account_id, slot) IN (($1, $2), ($3, $4))
ORDER BY account_id, slot FOR UPDATE
"""
ADD = """
WITH posted AS (
 INSERT INTO ledger_postings (id, kind, reference, line_count, posted_at)
 VALUES ($1, $2, $3, 2, $4) RETURNING id)
INSERT INTO ledger_lines (account_id, posting_id, currency, amount)
SELECT line.account_id, posted.id, $5, line.amount FROM posted,
(VALUES ($6::uuid, $7::bigint), ($8, $9)) AS line(account_id, amount)
"""
MOVE = "UPDATE ledger_balances SET amount = amount + $3 WHERE account_id = $1 AND slot = $2"


def _app(open_store: Callable[[FastAPI], Any], post: Callable[..., Awaitable[None]]) -> FastAPI:
    app = bare_app(open_store)

    @app.post("/postings/{owner_id}")
    async def add(request: Request, owner_id: UUID) -> Response:
        posting = wallet_sale(new_id(), owner_id, AMOUNT, CURRENCY)
        await post(request.app, posting)
        return answer({"reference": posting.reference})

    return app


@asynccontextmanager
async def _database(app: FastAPI) -> AsyncIterator[None]:
    app.state.database = Database(load(Settings), SystemClock())
    yield
    await app.state.database.close()


async def _ours(app: FastAPI, posting: Posting) -> None:
    async with HotTransaction(app.state.database) as transaction:
        await ledger.post(transaction, posting, SystemClock().now())


async def _theirs(app: FastAPI, posting: Posting) -> None:
    of, now = new_id(), SystemClock().now()
    (first, gone), (second, _) = sorted(posting.lines.items(), key=lambda line: line[0].id)
    slots = first.slot(of.int), second.slot(of.int)
    async with app.state.pool.acquire() as connection, connection.transaction():
        await connection.fetch(LOCK, first.id, slots[0], second.id, slots[1])
        named = of, posting.kind.value, posting.reference, now, CURRENCY
        await connection.execute(ADD, *named, first.id, gone, second.id, -gone)
        moves = [(first.id, slots[0], gone), (second.id, slots[1], -gone)]
        await connection.executemany(MOVE, moves)


def postings() -> FastAPI:
    """`POST /postings/{owner}` takes a little out of a wallet, by our ledger."""
    return _app(_database, _ours)


def bare() -> FastAPI:
    """The same by the driver alone; and `GET /wallets/{owner}`, by our very statement."""
    app = _app(pool, _theirs)

    @app.get("/wallets/{owner_id}")
    async def wallet(request: Request, owner_id: UUID) -> Response:
        values: dict[str, Any] = {
            "owner_id": owner_id, "currency": CURRENCY,
            "free": Account(AccountKind.WALLET, CURRENCY, owner_id).id,
            "held": Account(AccountKind.HOLD, CURRENCY, owner_id).id,
        }  # fmt: skip
        async with request.app.state.pool.acquire() as connection:
            [row] = await wallets._SEEN.send(connection, values)
        return answer(dict(row))

    return app
