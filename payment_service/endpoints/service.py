"""Endpoints of webhooks: what their owners do. What is sent to them: `payment_service/deliveries`.

The name of a new address is looked up (`check`) before the transaction begins.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags
from libs.ids import new_id
from libs.postgres import Database
from payment_service.endpoints import addresses, repository, secrets
from payment_service.endpoints.errors import EndpointLimit
from payment_service.endpoints.models import Endpoint
from payment_service.endpoints.schemas import EndpointCreate, EndpointUpdate, OffReason
from payment_service.endpoints.secrets import Seal
from payment_service.settings import Settings

LIMIT = 5
"""Endpoints of one person."""
OVERLAP = timedelta(hours=24)
"""How long a secret signs on after another has taken its place."""


def seal_of(settings: Settings) -> Seal:
    """What the service seals secrets with."""
    return Seal(settings.endpoint_secret.get_secret_value())


async def check(settings: Settings, url: str | None) -> None:
    """Looks up where a new address leads, if there is one. Raises `UrlRefused`."""
    if url is not None:
        await addresses.check(url, private=settings.webhook_private_allowed)


async def create(
    database: Database, settings: Settings, owner_id: UUID, wanted: EndpointCreate
) -> tuple[Endpoint, str]:
    """A new endpoint, whose address was checked, and its secret in plain. Raises
    `EndpointLimit`.
    """
    secret = secrets.make()
    async with database.transaction() as session:
        if await repository.count(session, owner_id) >= LIMIT:
            raise EndpointLimit
        endpoint = Endpoint(
            id=new_id(),
            owner_id=owner_id,
            url=wanted.url,
            events=[one.value for one in wanted.events],
            secret=seal_of(settings).close(secret),
            enabled=True,
            last_sequence=0,
            failures=0,
            created_at=database.clock.now(),
            revision=1,
        )
        await repository.add(session, endpoint)
    return endpoint, secret


async def update(
    database: Database,
    owner_id: UUID,
    endpoint_id: UUID,
    wanted: EndpointUpdate,
    if_match: str | None,
) -> Endpoint:
    """Changes an endpoint. A new address, which was checked, or being switched on begins its tries
    anew. Raises `EndpointNotFound` or `Stale`.
    """
    now = database.clock.now()
    async with database.transaction() as session:
        endpoint = await repository.lock_own(session, owner_id, endpoint_id)
        etags.check(if_match, endpoint.revision)
        if wanted.events is not None:
            endpoint.events = [one.value for one in wanted.events]
        _turn(endpoint, wanted.enabled, now)
        if wanted.url is not None and wanted.url != endpoint.url:
            endpoint.url = wanted.url
            endpoint.heal(now)
        endpoint.revision += 1
    return endpoint


async def rotate(
    session: AsyncSession, settings: Settings, owner_id: UUID, endpoint_id: UUID
) -> tuple[Endpoint, str]:
    """Gives an endpoint another secret, in plain; the one before signs on for `OVERLAP`, and one
    before that no longer. Raises `EndpointNotFound`.
    """
    endpoint = await repository.lock_own(session, owner_id, endpoint_id)
    secret, now = secrets.make(), session.info["clock"].now()
    endpoint.former_secret, endpoint.former_secret_until = endpoint.secret, now + OVERLAP
    endpoint.secret = seal_of(settings).close(secret)
    endpoint.revision += 1
    return endpoint, secret


async def remove(
    session: AsyncSession, owner_id: UUID, endpoint_id: UUID, if_match: str | None
) -> None:
    """Removes an endpoint with all that waits for it. Raises `EndpointNotFound` or `Stale`."""
    endpoint = await repository.lock_own(session, owner_id, endpoint_id)
    etags.check(if_match, endpoint.revision)
    await repository.remove(session, endpoint)


def _turn(endpoint: Endpoint, enabled: bool | None, now: datetime) -> None:
    if enabled is True:
        endpoint.switch_on(now)
    elif enabled is False and endpoint.enabled:
        endpoint.switch_off(OffReason.OWNER, now)
