"""Where the stand-in keeps its objects, stored answers and webhooks to deliver: one SQLite file.

Calls are short and local, so they run on the event loop; `transaction()` never spans an await.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.vendors.stripe.errors import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    open_until INTEGER, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_open ON objects (open_until) WHERE open_until IS NOT NULL;
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, endpoint TEXT NOT NULL, parameters TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, request_id TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS answers_at ON answers (at);
CREATE TABLE IF NOT EXISTS deliveries (
    event_id TEXT PRIMARY KEY, state TEXT NOT NULL, attempts INTEGER NOT NULL, due REAL NOT NULL,
    outcome TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due) WHERE state = 'pending';
"""
KEEP_OBJECTS_SECONDS = 30 * 86400
KEEP_ANSWERS_SECONDS = 86400


@dataclass(frozen=True)
class Answer:
    """A stored response of an idempotent request; `at` is Unix time in seconds."""

    key: str
    endpoint: str
    parameters: str
    status: int
    body: str
    request_id: str
    at: float


@dataclass(frozen=True)
class Delivery:
    """A webhook on its way: `state` is pending, delivered or given_up; `due` is Unix time."""

    event_id: str
    state: str
    attempts: int
    due: float
    outcome: str


class Store:
    """Opens (or creates) the database in `path`; raises `sqlite3.Error` when that fails."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._db.close()

    def prune(self, now: float) -> None:
        """Forget what Stripe forgets too: answers after a day, events after thirty days."""
        self._db.execute("DELETE FROM answers WHERE at < ?", (now - KEEP_ANSWERS_SECONDS,))
        old = (now - KEEP_OBJECTS_SECONDS,)
        self._db.execute(
            "DELETE FROM objects WHERE kind='event' AND json_extract(body,'$.created') < ?", old
        )
        self._db.execute("DELETE FROM deliveries WHERE event_id NOT IN (SELECT id FROM objects)")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing for the writes inside; must not contain an await."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, thing: Json) -> Json:
        """Insert or overwrite an object by its id; returns it."""
        open_until = thing.get("expires_at") if thing.get("status") == "open" else None
        self._db.execute(
            "INSERT INTO objects (id, kind, open_until, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET open_until=excluded.open_until, body=excluded.body",
            (thing["id"], thing["object"], open_until, json.dumps(thing)),
        )
        return thing

    def find(self, kind: str, object_id: str) -> Json | None:
        """The object of this kind with this id, or None."""
        query = "SELECT body FROM objects WHERE id=? AND kind=?"
        row = self._db.execute(query, (object_id, kind)).fetchone()
        return None if row is None else json.loads(row[0])

    def newest(self, kind: str, limit: int, conditions: list[tuple[str, object]]) -> list[Json]:
        """Newest objects first; conditions are SQL fragments of this package with one value."""
        where = "".join(f" AND {fragment}" for fragment, _ in conditions)
        rows = self._db.execute(
            f"SELECT body FROM objects WHERE kind=?{where} ORDER BY seq DESC LIMIT ?",  # noqa: S608
            (kind, *(value for _, value in conditions), limit),
        )
        return [json.loads(row[0]) for row in rows]

    def seq(self, object_id: str) -> int | None:
        """The position of an object in the order of creation."""
        row = self._db.execute("SELECT seq FROM objects WHERE id=?", (object_id,)).fetchone()
        return None if row is None else int(row[0])

    def overdue(self, now: float) -> list[Json]:
        """Open checkout sessions whose time is over."""
        query = "SELECT body FROM objects WHERE open_until <= ?"
        return [json.loads(row[0]) for row in self._db.execute(query, (now,))]

    def answer(self, key: str, now: float) -> Answer | None:
        """The stored answer of this idempotency key, if it is younger than a day."""
        query = "SELECT * FROM answers WHERE key=? AND at >= ?"
        row = self._db.execute(query, (key, now - KEEP_ANSWERS_SECONDS)).fetchone()
        return None if row is None else Answer(*row)

    def keep(self, answer: Answer) -> None:
        """Store the answer of an idempotent request."""
        self._db.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                answer.key, answer.endpoint, answer.parameters, answer.status, answer.body,
                answer.request_id, answer.at,
            ),
        )  # fmt: skip

    def schedule(self, delivery: Delivery) -> None:
        """Insert or overwrite a webhook's delivery."""
        self._db.execute(
            "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?)",
            (
                delivery.event_id, delivery.state, delivery.attempts, delivery.due,
                delivery.outcome,
            ),
        )  # fmt: skip

    def delivery(self, event_id: str) -> Delivery | None:
        """The delivery of one event, or None when it is not meant for the webhook."""
        query = "SELECT * FROM deliveries WHERE event_id=?"
        row = self._db.execute(query, (event_id,)).fetchone()
        return None if row is None else Delivery(*row)

    def pending(self, limit: int) -> list[Delivery]:
        """Undelivered webhooks, the next due first."""
        query = "SELECT * FROM deliveries WHERE state='pending' ORDER BY due LIMIT ?"
        return [Delivery(*row) for row in self._db.execute(query, (limit,))]
