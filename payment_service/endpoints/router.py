"""Endpoints of webhooks over HTTP, each person's own."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from libs.auth import Principal, Role, ScopeMissing, WrongRole
from libs.deps import OwnLogin, limited, require
from libs.errors import Invalid, Stale, TooMany, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row, RowPage
from libs.pagination import BadCursor, Page, Paging
from libs.postgres_deps import ReadsDep, SessionDep
from payment_service.endpoints import repository, service
from payment_service.endpoints.errors import EndpointLimit, EndpointNotFound, UrlRefused
from payment_service.endpoints.models import Endpoint
from payment_service.endpoints.schemas import (
    EndpointCreate,
    EndpointCreated,
    EndpointOut,
    EndpointUpdate,
    SecretOut,
)

PREFIX = "/v1/webhook-endpoints"
ONE = "/{endpoint_id}"
OWNERS = (Role.TUTOR, Role.ADMIN)
router = APIRouter(prefix=PREFIX, tags=["webhooks"])


async def own_owner(user: OwnLogin) -> Principal:
    """Admits only who may have endpoints, and only at a login of the caller's own: they take data
    out. Raises `ScopeMissing` or `WrongRole`.
    """
    if user.role not in OWNERS:
        raise WrongRole
    return user


Owner = Annotated[Principal, Depends(own_owner)]
Viewer = Annotated[Principal, Depends(require(*OWNERS))]
LIMITED = [Depends(limited("webhook-endpoints", 60, 60, by="account"))]


@router.post(
    "",
    status_code=201,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, EndpointLimit, Invalid, UrlRefused, TooMany
    ),
    dependencies=LIMITED,
)
async def create_webhook_endpoint(
    body: EndpointCreate, user: Owner, request: Request, tags: TagsDep
) -> EndpointCreated:
    """Registers an address that webhooks about one's own payments, subscriptions, invoices and
    wallet are sent to, signed by the Standard Webhooks specification. At most five for a person.
    The secret is shown this once.
    """
    parts = request.app.state.resources
    await service.check(parts.settings, body.url)
    made, secret = await service.create(parts.database, parts.settings, user.account_id, body)
    tags.show(made.revision)
    shown = EndpointOut.model_validate(made).model_dump()
    return EndpointCreated(**shown, secret=secret)


@router.get(
    "",
    response_model=Page[EndpointOut],
    responses=problems(Unauthorized, WrongRole, BadCursor, Invalid),
)
async def list_webhook_endpoints(user: Viewer, reads: ReadsDep, page: Paging) -> RowPage:
    """One's own endpoints, newest first."""
    return await repository.list_page(reads, page, user.account_id)


@router.get(
    ONE,
    response_model=EndpointOut,
    responses=problems(Unauthorized, WrongRole, EndpointNotFound, Invalid),
)
async def get_webhook_endpoint(
    endpoint_id: UUID, user: Viewer, reads: ReadsDep, tags: TagsDep
) -> Row:
    """An endpoint of one's own."""
    found = await repository.show(reads, user.account_id, endpoint_id)
    tags.show(found.pop("revision"))
    return found


@router.patch(
    ONE,
    response_model=EndpointOut,
    responses=problems(
        Unauthorized, WrongRole, ScopeMissing, EndpointNotFound, Stale, Invalid, UrlRefused, TooMany
    ),
    dependencies=LIMITED,
)
async def update_webhook_endpoint(
    endpoint_id: UUID, body: EndpointUpdate, user: Owner, request: Request, tags: TagsDep
) -> Endpoint:
    """Changes an endpoint, or switches it off or on. What happens while it is off waits, for up to
    30 days. With `If-Match` only what one has seen.
    """
    parts = request.app.state.resources
    await service.check(parts.settings, body.url)
    changed = await service.update(
        parts.database, user.account_id, endpoint_id, body, tags.if_match
    )
    tags.show(changed.revision)
    return changed


@router.delete(
    ONE,
    status_code=204,
    responses=problems(Unauthorized, WrongRole, ScopeMissing, EndpointNotFound, Stale, Invalid),
)
async def remove_webhook_endpoint(
    endpoint_id: UUID, session: SessionDep, user: Owner, tags: TagsDep
) -> None:
    """Removes an endpoint with all its deliveries, those that wait among them."""
    await service.remove(session, user.account_id, endpoint_id, tags.if_match)


@router.post(
    ONE + "/secret",
    responses=problems(Unauthorized, WrongRole, ScopeMissing, EndpointNotFound, Invalid),
)
async def rotate_webhook_secret(
    endpoint_id: UUID, session: SessionDep, user: Owner, request: Request, tags: TagsDep
) -> SecretOut:
    """Gives an endpoint another secret. For 24 hours each call carries a signature of the one
    before as well, so that the receiver has time to change.
    """
    settings = request.app.state.settings
    changed, secret = await service.rotate(session, settings, user.account_id, endpoint_id)
    tags.show(changed.revision)
    assert changed.former_secret_until is not None  # noqa: S101  (just set)
    return SecretOut(secret=secret, former_secret_until=changed.former_secret_until)
