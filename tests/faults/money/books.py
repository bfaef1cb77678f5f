"""What the stores and the provider hold of money, read past the service."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from libs.clock import SystemClock
from libs.events.base import Envelope, Event
from libs.postgres import Database
from tests.bench.place import owner_dsn
from tests.deploy.vendors.running import Stand
from tests.faults.money.model import Found, Payment, Refund
from tests.faults.stage import Stage
from tests.libs.parts import records
from tests.payment_service.books import audit

TOPIC = "payment.events"
LISTED = 100
GONE = ("failed", "canceled")
"""What gave nothing back in the end."""
CLASSES = "SELECT id, tutor_id, rejected_at IS NOT NULL AS rejected FROM study_sessions"
PAYMENTS = "SELECT id, study_session_id AS of, status, method, period, amount FROM payments"
REFUNDS = "SELECT payment_id, study_session_id AS of, state, destination, amount FROM refunds"
SUBSCRIPTIONS = "SELECT study_session_id AS of, state, period FROM subscriptions"
INVOICES = """
SELECT payments.study_session_id AS of, count(*) FILTER (WHERE refund_id IS NULL) AS invoices,
count(refund_id) AS credit_notes FROM invoices JOIN payments ON payments.id = payment_id GROUP BY 1
"""
WALLETS = """
SELECT owner_id, sum(amount)::bigint AS amount FROM ledger_accounts
JOIN ledger_balances ON account_id = id WHERE kind = 'wallet' GROUP BY 1
"""
GAPS = """
SELECT kind, max(seq) - count(*) FROM
(SELECT kind, substring(number FROM '[0-9]+$')::int AS seq FROM invoices) AS numbered GROUP BY 1
HAVING max(seq) <> count(*)
"""
LETTERS = "SELECT id, sent_at, dead_at FROM outbox WHERE destination = 'kafka'"
SUBSCRIPTION = "SELECT state FROM subscriptions WHERE study_session_id = $1"
TOP_UP = "SELECT status FROM top_ups WHERE id = $1"
WAITING = """
SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL)
+ (SELECT count(*) FROM refunds WHERE state IN ('requested', 'sent'))
"""


@dataclass
class Books:
    """All that is held: by class, and of the ledger and letters as a whole."""

    found: Mapping[UUID, Found]
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Letters that were not sent, or are not in the topic."""
    events: int = 0


class Reader:
    """Reads one stage's stores, and the provider."""

    def __init__(self, stage: Stage, stand: Stand) -> None:
        self._stage, self._stand = stage, stand
        self._dsn = owner_dsn(stage.settings)
        self._provider = stand.stripe()

    async def subscription(self, study_session_id: UUID) -> str | None:
        """The state of a class's subscription."""
        return await self._one(SUBSCRIPTION, study_session_id)

    async def top_up(self, top_up_id: UUID) -> str | None:
        """The state of a top-up."""
        return await self._one(TOP_UP, top_up_id)

    async def let_renew(self, study_session_id: UUID) -> None:
        """As if the end of the period were near."""
        await self._fetch(
            "UPDATE subscriptions SET renewable_from = now() WHERE study_session_id = $1",
            study_session_id,
        )

    async def waiting(self) -> int:
        """How much is on its way still."""
        [row] = await self._fetch(WAITING)
        return int(row[0]) + len(await self._open_hooks())

    async def read(self) -> Books:
        """All that is held now."""
        found: dict[UUID, Found] = defaultdict(Found)
        owners: dict[UUID, UUID] = {}
        for row in await self._fetch(CLASSES):
            owners[row["tutor_id"]] = row["id"]
            found[row["id"]].rejected = row["rejected"]
        await self._rows(found)
        for row in await self._fetch(WALLETS):
            found[owners[row["owner_id"]]].wallet = row["amount"]
        await self._provided(found, owners)
        books = Books(found)
        for kind, gap in await self._fetch(GAPS):
            books.wrong.append(f"{gap} numbers of {kind} are missing")
        books.wrong += [f"webhook not taken: {one['outcome']}" for one in await self._open_hooks()]
        await self._letters(books)
        await self._ledger(books)
        return books

    async def _rows(self, found: dict[UUID, Found]) -> None:
        for row in await self._fetch(PAYMENTS):
            said = row["status"], row["method"], row["period"], row["amount"]
            found[row["of"]].payments.append(Payment(str(row["id"]), *said))
        for row in await self._fetch(REFUNDS):
            back = Refund(str(row["payment_id"]), row["state"], row["destination"], row["amount"])
            found[row["of"]].refunds.append(back)
        for row in await self._fetch(SUBSCRIPTIONS):
            found[row["of"]].subscription = row["state"], row["period"]
        for row in await self._fetch(INVOICES):
            found[row["of"]].invoices = row["invoices"]
            found[row["of"]].credit_notes = row["credit_notes"]

    async def _provided(self, found: dict[UUID, Found], owners: Mapping[UUID, UUID]) -> None:
        """What was taken and given back, by the provider's own objects."""
        of_payment = {one.id: (each, one.id) for each in found for one in found[each].payments}
        top_ups = {row["id"]: row["owner_id"] for row in await self._fetch("SELECT * FROM top_ups")}
        places: dict[str, tuple[UUID, str]] = {}
        for intent in await self._all(self._provider.v1.payment_intents.list_async):
            told = intent.metadata.to_dict()
            if "top_up_id" in told:
                owner = owners[top_ups[UUID(told["top_up_id"])]]
                found[owner].topped_up += intent.amount_received
            elif intent.amount_received:
                of, payment_id = places[intent.id] = of_payment[told["payment_id"]]
                found[of].captured.append((payment_id, intent.amount_received))
        for refund in await self._all(self._provider.v1.refunds.list_async):
            if refund.status not in GONE:
                of, payment_id = places[str(refund.payment_intent)]
                found[of].returned.append((payment_id, refund.amount))

    async def _open_hooks(self) -> list[dict[str, Any]]:
        """Webhooks that the provider sends again and again, of its newest."""
        listed = await self._stand.http.get(f"{self._stand.base}/dev/stripe/events")
        return [one for one in listed.raise_for_status().json() if one["state"] == "pending"]

    async def _all(self, list_: Any) -> Sequence[Any]:
        page = await list_({"limit": LISTED})
        return [thing async for thing in page.auto_paging_iter()]

    async def _letters(self, books: Books) -> None:
        """What the topic holds: each event counts once, since a relay that was killed sends it
        again, with the same id.
        """
        seen: set[UUID] = set()
        for record in await records(self._stage.settings, TOPIC):
            letter = Envelope.model_validate_json(record.value or b"")
            event = Event.from_wire(record.value or b"")
            of = getattr(event, "study_session_id", None)
            if letter.id not in seen and event is not None and of is not None:
                books.found[of].events[event.type.removeprefix("studyzed.")] += 1
            seen.add(letter.id)
        books.events = len(seen)
        for row in await self._fetch(LETTERS):
            if row["id"] not in seen or row["sent_at"] is None or row["dead_at"] is not None:
                books.lost.append(f"letter {row['id']}")

    async def _ledger(self, books: Books) -> None:
        database = Database(self._stage.settings, SystemClock())
        try:
            await audit(database)
        except AssertionError as failure:
            books.wrong.append(f"the ledger: {failure}")
        finally:
            await database.close()

    async def _one(self, statement: str, value: UUID) -> str | None:
        rows = await self._fetch(statement, value)
        return str(rows[0][0]) if rows else None

    async def _fetch(self, statement: str, *values: object) -> list[Any]:
        connection = await asyncpg.connect(self._dsn)
        try:
            return list(await connection.fetch(statement, *values))
        finally:
            await asyncio.shield(connection.close())
