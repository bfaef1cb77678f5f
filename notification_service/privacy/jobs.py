"""Collecting and erasing what this service holds of a person."""

from libs import personal_documents
from libs.data_map import PERSON
from libs.mongo import Mongo
from libs.objects import Objects
from libs.personal_documents import Keeper
from notification_service.privacy.data_map import STORES
from notification_service.privacy.schemas import CollectExport, EraseAccount


def _keeper(mongo: Mongo) -> Keeper:
    return Keeper(mongo, "notification_service", STORES)


async def collect(mongo: Mongo, objects: Objects, job: CollectExport) -> None:
    """Stores this service's part of an export and tells user_service. Raises `Unavailable`."""
    known = {PERSON: job.account_id}
    await personal_documents.collect_and_tell(_keeper(mongo), objects, known, job)


async def erase(mongo: Mongo, job: EraseAccount) -> None:
    """Erases a person and tells user_service."""
    known = {PERSON: job.account_id}
    await personal_documents.erase_and_confirm(_keeper(mongo), known, job)
