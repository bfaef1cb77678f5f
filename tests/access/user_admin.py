"""Rights to the routes of admins in user_service."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from libs.auth import Principal, Role
from tests.access.table import Row
from user_service.accounts.models import Account
from user_service.keys.ring import KeyRing

ADMIN = {"nobody": 401, "student": 403, "tutor": 403, "admin": 200, "narrowed": 403, "viewer": 403}
"""An admin's login; neither a narrowed token of his nor his view of somebody else (U14)."""
SHUT_OUT = {"account_id": "blocked_id"}

ROWS = [
    Row("GET", "/v1/admin/accounts", ADMIN, query="?q=tutor", own_login=True),
    Row("GET", "/v1/admin/accounts/{account_id}", ADMIN, own_login=True),
    Row(
        "POST",
        "/v1/admin/accounts/{account_id}/block",
        ADMIN,
        body={"reason": "Rude in class, twice."},
        own_login=True,
    ),
    Row("DELETE", "/v1/admin/accounts/{account_id}/block", ADMIN, instead=SHUT_OUT, own_login=True),
    Row(
        "PUT",
        "/v1/admin/accounts/{account_id}/role",
        ADMIN,
        body={"role": "tutor", "reason": "He teaches now."},
        own_login=True,
    ),
    Row(
        "POST",
        "/v1/admin/accounts/{account_id}/factor-resets",
        ADMIN | {"admin": 204},
        body={"reason": "Lost the phone, known by voice."},
        own_login=True,
    ),
    Row(
        "POST",
        "/v1/admin/accounts/{account_id}/views",
        ADMIN | {"admin": 201},
        body={"reason": "He asked why his list is empty."},
        own_login=True,
    ),
    Row("GET", "/v1/admin/audit-entries", ADMIN, own_login=True),
]


async def administered(
    session: AsyncSession, keys: KeyRing, admin: Principal, people: Sequence[Account], now: datetime
) -> dict[str, dict[str, str]]:
    """Adds somebody to act upon and somebody who is blocked; returns callers who come with tokens
    that are no login of the admin's own: one narrowed, and his view of the first.
    """
    person, shut_out = people
    shut_out.blocked_at = now
    session.add_all(people)
    viewed = replace(
        admin, account_id=person.id, role=Role.STUDENT, user_code=person.user_code,
        scopes=frozenset({"user:read"}), actor_id=admin.account_id,
    )  # fmt: skip
    narrowed = replace(admin, scopes=frozenset({"user:read", "user:write"}))
    return {
        name: {"Authorization": f"Bearer {await keys.sign(principal, now)}"}
        for name, principal in {"narrowed": narrowed, "viewer": viewed}.items()
    }
