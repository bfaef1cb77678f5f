"""What a MongoDB service holds of a person, by its data map: read for exports, or erased."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from libs import export_parts
from libs.data_map import DataMap, Fate, Held, Rule, words
from libs.events.privacy import ErasureConfirmed
from libs.export_parts import Section
from libs.mongo import Document, Mongo, MongoSession
from libs.mongo_outbox import publish
from libs.objects import Objects
from libs.personal_jobs import CollectJob, EraseJob

Known = Mapping[str, Any]
"""What stands in a query in place of `PERSON`, and of further marks that a service's map has."""

OUTBOX = Held(
    store="outbox",
    purpose="Events and jobs on their way out: ids only.",
    retention="Three days after they were sent; dead jobs until they are replayed.",
    other=words(
        "_id destination address key revision body traceparent attempts created_at due_at begun_at "
        "sent_at closed_at dead_at error"
    ),
)
INBOX = Held(
    store="inbox",
    purpose="Which events have been handled.",
    retention="Seven days.",
    other=words("_id consumer event_id received_at"),
)
LEASES = Held(
    store="leases",
    purpose="Which process sends from the outbox.",
    retention="One document.",
    other=words("_id holder until"),
)


@dataclass(frozen=True, slots=True)
class Keeper:
    """A service's database and its data map."""

    mongo: Mongo
    service: str
    stores: DataMap


async def collect_and_tell(keeper: Keeper, objects: Objects, known: Known, job: CollectJob) -> None:
    """Writes the service's part of an export, stores it and tells user_service. Raises
    `Unavailable`.
    """
    mongo, service = keeper.mongo, keeper.service
    with export_parts.scratch() as folder:
        async with mongo.reads() as session:
            found = sections(session, keeper.stores, known)
            draft = await export_parts.write(folder, service, job, mongo.clock.now(), found)
        part = await export_parts.store(objects, service, job, draft)
    answer = export_parts.announce(job, service, part)
    await mongo.run(lambda session: publish(session, answer))


async def erase_and_confirm(keeper: Keeper, known: Known, job: EraseJob) -> None:
    """Erases a person and tells user_service, in one transaction."""

    async def work(session: MongoSession) -> None:
        counts = await erase(session, keeper.stores, known)
        done = ErasureConfirmed(
            erasure_id=job.erasure_id, service=keeper.service, counts=counts, revision=1
        )
        await publish(session, done)

    await keeper.mongo.run(work)


async def sections(session: MongoSession, stores: DataMap, known: Known) -> AsyncIterator[Section]:
    """The lists of an export, one after the other."""
    for held in stores:
        for rule in held.rules:
            if rule.shown:
                yield Section(rule.name, _documents(session, held, rule, known))


async def erase(session: MongoSession, stores: DataMap, known: Known) -> dict[str, int]:
    """Does to a person's documents what the map says, in the caller's transaction.

    Returns how many documents each rule has met, by its name. A second time it meets what is kept
    or overwritten again, which changes nothing.
    """
    return {
        rule.name: await _erase(session, held, rule, known)
        for held in stores
        for rule in held.rules
    }


async def _documents(
    session: MongoSession, held: Held, rule: Rule, known: Known
) -> AsyncIterator[Document]:
    fields = dict.fromkeys(rule.shown, 1)
    found = session[held.store].find(_about(rule.where, known), fields, session=session.handle)
    async for document in found:
        yield {name: document[name] for name in rule.shown if name in document}


async def _erase(session: MongoSession, held: Held, rule: Rule, known: Known) -> int:
    wanted, rows = _about(rule.where, known), session[held.store]
    if rule.erase is Fate.KEPT:
        return await rows.count_documents(wanted, session=session.handle)
    if isinstance(rule.erase, Fate):
        return (await rows.delete_many(wanted, session=session.handle)).deleted_count
    change = {"$set": dict(rule.erase)}
    return (await rows.update_many(wanted, change, session=session.handle)).matched_count


def _about(where: Any, known: Known) -> Any:
    """A query with what is known in place of its marks."""
    if isinstance(where, Mapping):
        return {name: _about(value, known) for name, value in where.items()}
    return known.get(where, where) if isinstance(where, str) else where
