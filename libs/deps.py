"""What routes ask for: the caller, the time, a rate limit.

`build_app` keeps the process's parts in `app.state`; these functions hand them out. Transactions
are in `libs/postgres_deps.py`, so that services without PostgreSQL do not load SQLAlchemy.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from libs import languages, networks
from libs.auth import Principal, Role, ScopeMissing, WrongRole, bearer
from libs.limits import Limits


async def get_now(request: Request) -> datetime:
    """The instant of this request, by the injected clock."""
    now: datetime = request.app.state.clock.now()
    return now


def network(request: Request) -> str:
    """Whom limits count: the caller's network as `networks.counted` has it."""
    return networks.counted(request.client.host if request.client else "")


def shown_network(request: Request) -> str:
    """The caller's network, coarse enough to be kept and shown."""
    return networks.shown(request.client.host if request.client else "")


def asked_language(request: Request) -> list[str]:
    """The BCP 47 tags of `Accept-Language`, the most wanted first."""
    return languages.accepted(request.headers.get("accept-language", ""))


class Caller(SecurityBase):
    """The dependency that says who is calling, and documents how: one step for each request, where
    FastAPI's own `HTTPBearer` beside a function of ours would be two.
    """

    def __init__(self, *roles: Role) -> None:
        """Admits only these roles, or all without."""
        self._roles = roles
        self.model = HTTPBearer(
            bearerFormat="JWT", description="The access token of `POST /v1/logins`."
        )
        self.scheme_name = "HTTPBearer"

    async def __call__(self, request: Request) -> Principal:
        """Raises `Unauthorized`, `LoginRevoked`, `AccountBlocked`, `ScopeMissing` or
        `WrongRole`.
        """
        principal = await _identified(request)
        if principal.scopes is not None:
            writes = request.method not in ("GET", "HEAD", "OPTIONS")
            principal.check_scope(request.app.state.service, writes=writes)
        if self._roles and principal.role not in self._roles:
            raise WrongRole
        return principal


async def _identified(request: Request) -> Principal:
    """Whose token this is, whatever it may do."""
    principal: Principal = await request.app.state.verifier.verify(
        bearer(request.headers.get("authorization"))
    )
    request.app.state.revocations.check(principal)
    return principal


class OwnCaller(Caller):
    """Admits a login of the caller's own, and nobody in the caller's place. Without arguments it
    must be a whole one; with them it may also be narrowed to exactly one of these sets of scopes.
    """

    def __init__(self, *narrowed: frozenset[str]) -> None:
        super().__init__()
        self._narrowed = narrowed

    async def __call__(self, request: Request) -> Principal:
        """Raises `Unauthorized`, `LoginRevoked`, `AccountBlocked` or `ScopeMissing`."""
        principal = await _identified(request)
        whole = principal.scopes is None or principal.scopes in self._narrowed
        if not whole or principal.actor_id is not None:
            raise ScopeMissing("This needs a login of your own: no other token can do it.")
        return principal


get_principal = Caller()
own_login = OwnCaller()


def require(*roles: Role) -> Caller:
    """A dependency that admits only these roles. Raises `WrongRole`."""
    return Caller(*roles)


async def own_admin(user: Annotated[Principal, Depends(own_login)]) -> Principal:
    """Admits only an admin, and only at a login of his own: what admins may do, no other token can.
    Raises `ScopeMissing` or `WrongRole`.
    """
    if user.role is not Role.ADMIN:
        raise WrongRole
    return user


def limited(
    name: str, limit: int, seconds: int, *, by: str = "address", scale: str = ""
) -> Callable[..., Awaitable[None]]:
    """A dependency that counts calls by network, or by account with `by="account"`. `scale` names a
    setting that multiplies the limit. Raises `TooMany`.
    """

    async def count(request: Request, response: Response) -> None:
        who = network(request)
        if by == "account":
            who = str((await get_principal(request)).account_id)
        limits: Limits = request.app.state.limits
        times: int = getattr(request.app.state.settings, scale) if scale else 1
        response.headers.update((await limits.hit(name, who, limit * times, seconds)).headers)

    return count


CurrentUser = Annotated[Principal, Depends(get_principal)]
OwnLogin = Annotated[Principal, Depends(own_login)]
Student = Annotated[Principal, Depends(require(Role.STUDENT))]
Tutor = Annotated[Principal, Depends(require(Role.TUTOR))]
Admin = Annotated[Principal, Depends(own_admin)]
Now = Annotated[datetime, Depends(get_now)]
