"""Queries for endpoints of webhooks."""

from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.hot_reads import PageQuery, Query, Row, RowPage, columns_of
from libs.pagination import PageRequest
from libs.postgres import Reads
from payment_service.endpoints.errors import EndpointNotFound
from payment_service.endpoints.models import Endpoint
from payment_service.endpoints.schemas import EndpointOut

OWNERS_LOCK = 7_263
"""A class of advisory locks: one owner's endpoints are counted by one request at a time."""
_OWN = Endpoint.owner_id == bindparam("owner_id")
_SHOWN = columns_of(Endpoint, EndpointOut)
_PAGE = PageQuery(select(*_SHOWN).where(_OWN), Endpoint.id)
_ONE = Query(
    select(*_SHOWN, Endpoint.revision).where(_OWN, Endpoint.id == bindparam("endpoint_id"))
)


async def list_page(reads: Reads, page: PageRequest, owner_id: UUID) -> RowPage:
    """A person's endpoints, newest first."""
    return await _PAGE.page(reads, page, owner_id=owner_id)


async def show(reads: Reads, owner_id: UUID, endpoint_id: UUID) -> Row:
    """A person's own endpoint, with its revision. Raises `EndpointNotFound`."""
    found = await _ONE.first(reads, owner_id=owner_id, endpoint_id=endpoint_id)
    if found is None:
        raise EndpointNotFound
    return found


async def count(session: AsyncSession, owner_id: UUID) -> int:
    """How many endpoints a person has; until this transaction ends nobody adds another one."""
    statement = text("SELECT pg_advisory_xact_lock(:kind, hashtext(:owner))")
    await session.execute(statement, {"kind": OWNERS_LOCK, "owner": str(owner_id)})
    counted = select(func.count()).where(Endpoint.owner_id == owner_id)
    return (await session.execute(counted)).scalar_one()


async def add(session: AsyncSession, endpoint: Endpoint) -> None:
    """Adds an endpoint."""
    session.add(endpoint)
    await session.flush()


async def lock_own(session: AsyncSession, owner_id: UUID, endpoint_id: UUID) -> Endpoint:
    """A person's own endpoint, locked. Raises `EndpointNotFound`."""
    own = select(Endpoint).where(Endpoint.id == endpoint_id, Endpoint.owner_id == owner_id)
    found = await session.scalar(own.with_for_update())
    if found is None:
        raise EndpointNotFound
    return found


async def find_locked(session: AsyncSession, endpoint_id: UUID) -> Endpoint | None:
    """An endpoint as it stands now, locked, for what the platform itself does."""
    return await session.get(Endpoint, endpoint_id, with_for_update=True, populate_existing=True)


async def remove(session: AsyncSession, endpoint: Endpoint) -> None:
    """Removes an endpoint and all its deliveries."""
    await session.delete(endpoint)
    await session.flush()
