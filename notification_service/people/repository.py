"""Queries for people."""

from collections.abc import Iterable
from dataclasses import asdict
from uuid import UUID

from pymongo import UpdateOne

from libs.auth import Role
from libs.mongo import Document, MongoSession
from notification_service.people.models import Block, Person


def _person(document: Document) -> Person:
    fields = ("_id", "user_code", "role", "name", "locale", "zone", "revision")
    return Person(*(document[field] for field in fields))


async def put_all(session: MongoSession, people: Iterable[Person]) -> None:
    """Writes copies over the ones before."""
    documents = [asdict(person) for person in people]
    changes = [
        UpdateOne({"_id": document.pop("id")}, {"$set": document}, upsert=True)
        for document in documents
    ]
    if changes:
        await session["people"].bulk_write(changes, ordered=False, session=session.handle)


async def forget(session: MongoSession, nobody: Person) -> None:
    """Writes over a copy that the account is gone."""
    document = asdict(nobody) | {"erased": True}
    await session["people"].update_one(
        {"_id": document.pop("id")}, {"$set": document}, upsert=True, session=session.handle
    )


async def find_many(session: MongoSession, account_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Those of the people that are known, by id."""
    wanted = list(set(account_ids))
    if not wanted:
        return {}
    found = session["people"].find({"_id": {"$in": wanted}}, session=session.handle)
    return {document["_id"]: _person(document) async for document in found}


async def find_erased(session: MongoSession, account_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the accounts that are gone."""
    people = list(set(account_ids))
    if not people:
        return set()
    wanted = {"_id": {"$in": people}, "erased": True}
    found = session["people"].find(wanted, {"_id": 1}, session=session.handle)
    return {document["_id"] async for document in found}


async def list_admins(session: MongoSession) -> list[UUID]:
    """The account ids of all admins, in order."""
    found = session["people"].find({"role": Role.ADMIN.value}, {"_id": 1}, session=session.handle)
    return sorted([document["_id"] async for document in found])


async def put_role(session: MongoSession, account_id: UUID, role: str, revision: int) -> None:
    """Writes the role into a copy that is older."""
    await session["people"].update_one(
        {"_id": account_id, "revision": {"$lt": revision}},
        {"$set": {"role": role, "revision": revision}},
        session=session.handle,
    )


async def put_block(session: MongoSession, block: Block) -> None:
    """Writes what is known of a block over what was known."""
    document = asdict(block)
    await session["blocks"].update_one(
        {"_id": document.pop("account_id")}, {"$set": document}, upsert=True, session=session.handle
    )


async def find_block(session: MongoSession, account_id: UUID) -> Block | None:
    """The newest block of an account, ended or not."""
    document = await session["blocks"].find_one({"_id": account_id}, session=session.handle)
    if document is None:
        return None
    return Block(account_id, document["blocked"], document["since"], document["revision"])
