"""Collecting and erasing what this service holds of a person."""

from uuid import UUID

from libs import personal_documents
from libs.data_map import PERSON
from libs.mongo import Mongo
from libs.objects import Objects
from libs.personal_documents import Keeper, Known
from message_service.conversations import repository as conversations
from message_service.privacy.data_map import CONVERSATIONS, STORES
from message_service.privacy.schemas import CollectExport, EraseAccount


async def collect(mongo: Mongo, objects: Objects, job: CollectExport) -> None:
    """Stores this service's part of an export and tells user_service. Raises `Unavailable`."""
    known = await _known(mongo, job.account_id)
    await personal_documents.collect_and_tell(_keeper(mongo), objects, known, job)


async def erase(mongo: Mongo, job: EraseAccount) -> None:
    """Erases a person and tells user_service."""
    known = await _known(mongo, job.account_id)
    await personal_documents.erase_and_confirm(_keeper(mongo), known, job)


def _keeper(mongo: Mongo) -> Keeper:
    return Keeper(mongo, "message_service", STORES)


async def _known(mongo: Mongo, account_id: UUID) -> Known:
    async with mongo.reads() as session:
        found = await conversations.list_ids(session, account_id)
    return {PERSON: account_id, CONVERSATIONS: found}
