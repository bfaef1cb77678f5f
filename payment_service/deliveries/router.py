"""Deliveries of webhooks over HTTP, of one's own endpoints."""

from uuid import UUID

from fastapi import APIRouter, Depends

from libs.auth import ScopeMissing, WrongRole
from libs.deps import Now, limited
from libs.errors import Invalid, TooMany, Unauthorized, problems
from libs.hot_reads import RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.deliveries import repository, service
from payment_service.deliveries.errors import BodyGone, DeliveryNotFound, DeliveryWaiting
from payment_service.deliveries.models import Delivery
from payment_service.deliveries.schemas import DeliveryOut, Skipped
from payment_service.endpoints import repository as endpoints
from payment_service.endpoints.errors import EndpointNotFound, EndpointOff
from payment_service.endpoints.router import ONE, PREFIX, Owner, Viewer

router = APIRouter(prefix=PREFIX + ONE, tags=["webhooks"])
LIMITED = [Depends(limited("webhook-pings", 30, 60, by="account"))]


@router.post(
    "/ping",
    status_code=202,
    response_model=DeliveryOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, EndpointNotFound, EndpointOff, TooMany, Invalid
    ),
    dependencies=LIMITED,
)
async def ping_webhook_endpoint(
    endpoint_id: UUID, session: SessionDep, user: Owner, now: Now
) -> Delivery:
    """Sends `webhook_endpoint.ping`, after all that waits already."""
    return await service.ping(session, user.account_id, endpoint_id, now)


@router.get(
    "/deliveries",
    response_model=Page[DeliveryOut],
    responses=problems(Unauthorized, WrongRole, EndpointNotFound, BadCursor, Invalid),
)
async def list_webhook_deliveries(
    endpoint_id: UUID, user: Viewer, reads: ReadsDep, page: Paging
) -> RowPage:
    """What was and will be sent to an endpoint, newest first; of a year."""
    await endpoints.show(reads, user.account_id, endpoint_id)
    return await repository.list_page(reads, page, endpoint_id)


@router.post(
    "/deliveries/skip",
    responses=problems(Unauthorized, WrongRole, ScopeMissing, EndpointNotFound, Invalid),
)
async def skip_webhook_deliveries(
    endpoint_id: UUID, session: SessionDep, user: Owner, now: Now
) -> Skipped:
    """Does not send what waits now: an endpoint that is switched on again begins with what comes
    then. One that has arrived meanwhile cannot be called back.
    """
    return Skipped(skipped=await service.skip(session, user.account_id, endpoint_id, now))


@router.post(
    "/deliveries/{delivery_id}/resend",
    status_code=202,
    response_model=DeliveryOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, EndpointNotFound, DeliveryNotFound, EndpointOff,
        DeliveryWaiting, BodyGone, TooMany, Invalid,
    ),
    dependencies=LIMITED,
)  # fmt: skip
async def resend_webhook_delivery(
    endpoint_id: UUID, delivery_id: UUID, session: SessionDep, user: Owner, now: Now
) -> Delivery:
    """Sends a webhook of the last 30 days once more, after all that waits, with the same
    `webhook-id`.
    """
    return await service.resend(session, user.account_id, endpoint_id, delivery_id, now)
