"""Collecting and erasing what this service holds of a person."""

from libs import personal_rows
from libs.objects import Objects
from libs.postgres import Database
from payment_service.privacy.data_map import STORES
from payment_service.privacy.schemas import CollectExport, EraseAccount

SERVICE = "payment_service"


async def collect(database: Database, objects: Objects, job: CollectExport) -> None:
    """Stores this service's part of an export and tells user_service. Raises `Unavailable`."""
    await personal_rows.collect_and_tell(database, objects, SERVICE, STORES, job)


async def erase(database: Database, job: EraseAccount) -> None:
    """Erases a person and tells user_service."""
    await personal_rows.erase_and_confirm(database, SERVICE, STORES, job)
