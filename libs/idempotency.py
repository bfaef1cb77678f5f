"""`Idempotency-Key`: a repeated request gets the first one's answer, and no second effect (P-A5).

After the IETF draft "The Idempotency-Key HTTP Header Field"
(https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/). Two forms:

- One transaction: `claim` before the effect, `store` after the answer is serialised and before the
  commit. While the first try runs, its advisory lock turns repeats away.
- A vendor is called in between: `claim` and `begin` with the intent, which is the key's `subject`,
  in the first transaction; `answer` in the second. After a crash whoever finishes the intent
  answers.

Refusals are not stored: their transaction is rolled back, `drop` and `release` take back the rest.
The HTTP side is in `libs/idempotent_route.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Index,
    SmallInteger,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from libs.compiled import Row, Statement
from libs.errors import Conflict, Invalid
from libs.hot_writes import Transaction
from libs.ids import new_id

KEEP = timedelta(hours=24)
RETRY_SECONDS = 2

METADATA = postgres.new_metadata()
KEYS = Table(
    "idempotency_keys",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("owner", Uuid, nullable=False, comment="the try that began it"),
    Column("subject", Uuid, comment="the intent that will answer it"),
    Column("status", SmallInteger, comment="of the answer; null while it runs"),
    Column("body", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index("ix_idempotency_keys_created_at", "created_at"),
    Index("ix_idempotency_keys_running", "subject", postgresql_where=text("status IS NULL")),
)
OLD_KEYS = "DELETE FROM idempotency_keys WHERE created_at < clock_timestamp() - interval '25 hours'"
"""For the relay's sweep; an hour later than needed, since the database has a clock of its own."""
RUNNING = KEYS.c.status.is_(None)
TRY_LOCK = Statement(
    select(
        func.pg_try_advisory_xact_lock(
            func.hashtextextended(bindparam("name", type_=Text), 0)
        ).label("taken")
    )
)
_IS = (
    KEYS.c.account_id == bindparam("account_id"),
    KEYS.c.route == bindparam("route"),
    KEYS.c.key == bindparam("key"),
)
KNOWN = Statement(
    select(KEYS.c.fingerprint, KEYS.c.status, KEYS.c.body).where(
        *_IS, KEYS.c.created_at > bindparam("since")
    )
)
_REST = ("fingerprint", "owner", "subject", "status", "body", "created_at")
_INSERT = insert(KEYS)
SAVE = Statement(
    _INSERT.on_conflict_do_update(
        index_elements=KEYS.primary_key, set_={name: _INSERT.excluded[name] for name in _REST}
    )
)


class KeyRunning(Conflict):
    """The first request with this Idempotency-Key is still running: ask again."""

    code = "idempotency_key_running"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, retry_after=RETRY_SECONDS)


class KeyReused(Invalid):
    """This Idempotency-Key was sent with another request before: take a new one."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Key:
    """A client's key, good for one account at one route.

    `fingerprint` is the request's hash; `owner` names this very try.
    """

    account_id: UUID
    route: str
    value: str
    fingerprint: str
    owner: UUID = field(default_factory=new_id)

    @property
    def name(self) -> str:
        """What its advisory lock is called."""
        return f"{self.account_id} {self.route} {self.value}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first try answered: HTTP status and JSON body."""

    status: int
    body: str


class Replayed(Exception):
    """Not a failure: ends a repeated request with the answer that the first one got."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


async def claim(session: Transaction, key: Key) -> None:
    """Takes the key for this transaction, before any effect.

    Raises `Replayed` when it has an answer, `KeyRunning` while another try runs, and `KeyReused`
    when it came with another request.
    """
    [lock] = await TRY_LOCK.run(session, name=key.name)
    if not lock["taken"]:
        raise KeyRunning
    # A statement of its own: its snapshot must be younger than the lock.
    rows = await KNOWN.run(session, **_names(key), since=_now(session) - KEEP)
    if not rows:
        return
    if rows[0]["fingerprint"] != key.fingerprint:
        raise KeyReused
    if rows[0]["status"] is None:
        raise KeyRunning
    raise Replayed(Answer(rows[0]["status"], rows[0]["body"]))


async def store(session: Transaction, key: Key, answer: Answer) -> None:
    """Keeps the answer with the effect, in the transaction that claimed the key."""
    await _save(session, key, {"status": answer.status, "body": answer.body})


async def begin(session: AsyncSession, key: Key, subject: UUID) -> None:
    """Marks a claimed key as running until the intent `subject` is answered, dropped or
    released.
    """
    await _save(session, key, {"subject": subject})


async def answer(session: AsyncSession, subject: UUID, found: Answer) -> None:
    """Answers all running keys of an intent, whoever finished it."""
    statement = update(KEYS).where(KEYS.c.subject == subject, RUNNING)
    await session.execute(statement.values(status=found.status, body=found.body))


async def drop(session: AsyncSession, subject: UUID) -> None:
    """Forgets the running keys of an intent that came to nothing."""
    await session.execute(delete(KEYS).where(KEYS.c.subject == subject, RUNNING))


async def release(session: AsyncSession, key: Key) -> None:
    """Forgets a key that this very try began, after a refusal: a repeat may try again."""
    await session.execute(delete(KEYS).where(_is(key), KEYS.c.owner == key.owner, RUNNING))


async def find(session: AsyncSession, key: Key) -> Answer | None:
    """The stored answer of a key, if it has one."""
    statement = select(KEYS.c.status, KEYS.c.body).where(_is(key), KEYS.c.status.is_not(None))
    row = (await session.execute(statement)).first()
    return Answer(row.status, row.body) if row else None


async def unanswered(session: AsyncSession, before: datetime, limit: int) -> Sequence[UUID]:
    """Intents that keys have waited for since before an instant: a crash left them."""
    statement = select(KEYS.c.subject).where(RUNNING, KEYS.c.created_at < before)
    return list(await session.scalars(statement.distinct().limit(limit)))


def _is(key: Key) -> ColumnElement[bool]:
    return and_(
        KEYS.c.account_id == key.account_id, KEYS.c.route == key.route, KEYS.c.key == key.value
    )


def _names(key: Key) -> Row:
    return {"account_id": key.account_id, "route": key.route, "key": key.value}


async def _save(session: Transaction, key: Key, values: Row) -> None:
    """Writes a key's row, over an expired one if need be."""
    rest: Row = {"subject": None, "status": None, "body": None} | values
    rest |= {"fingerprint": key.fingerprint, "owner": key.owner, "created_at": _now(session)}
    await SAVE.run(session, **_names(key), **rest)


def _now(session: Transaction) -> datetime:
    now: datetime = session.info["clock"].now()
    return now
