"""Rights in user_service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from tests.access import user_admin, user_factors, user_tokens
from tests.access.table import NOBODY, Row, World, nowhere, postgres_fingerprint
from tests.stack import Stack, running
from tests.user_service.world import PERSON, SECRETS, SETTINGS
from user_service.accounts import repository as accounts
from user_service.accounts.models import Account
from user_service.accounts.passwords import Passwords
from user_service.app import create_app
from user_service.codes.models import Grant, MailedCode
from user_service.codes.service import keyed
from user_service.email_changes.models import EmailChange
from user_service.erasures.models import Erasure, Hold
from user_service.exports.models import Export
from user_service.google.models import GoogleIdentity
from user_service.invites.models import LIVES, Invite, InviteImport
from user_service.keys.ring import KeyRing
from user_service.logins import refresh
from user_service.logins.models import Login
from user_service.pictures.models import Picture, State, draw_folder
from user_service.settings import Settings

CALLERS = {"nobody", "student", "tutor", "admin"}
"""Some rows name an `owner`, too: the student whose login it is."""
PUBLIC = {"nobody": 200, "student": 200, "tutor": 200, "admin": 200}
INVITERS = dict.fromkeys(CALLERS, 404) | {"nobody": 401, "student": 403, "inviter": 200}
CREATED = dict.fromkeys(CALLERS, 201)
OWN_PICTURE = dict.fromkeys(CALLERS, 404) | {"nobody": 401}

ADMINS = dict.fromkeys(CALLERS, 403) | {"nobody": 401, "admin": 200}

ROWS = [
    Row("GET", "/.well-known/jwks.json", PUBLIC),
    Row("POST", "/v1/codes", dict.fromkeys(CALLERS, 202), body={"email": "new@example.org"}),
    Row(
        "POST",
        "/v1/codes/verifications",
        dict.fromkeys(CALLERS, 400),
        body={"email": "new@example.org", "code": "123456"},
    ),
    Row(
        "POST",
        "/v1/password-resets",
        dict.fromkeys(CALLERS, 204),
        body={"grant": "granted to reset", "password": "a new long phrase"},
    ),
    Row(
        "POST",
        "/v1/me/email-changes",
        dict.fromkeys(CALLERS, 202) | {"nobody": 401},
        body={"email": "another@example.org"},
    ),
    Row(
        "POST",
        "/v1/me/email-changes/{change_id}/confirmation",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 204},
        body={"old_code": "123456", "new_code": "654321"},
    ),
    Row(
        "PUT",
        "/v1/me/password",
        dict.fromkeys(CALLERS, 409) | {"nobody": 401, "owner": 204},
        body={"old_password": PERSON["password"], "password": "a new long phrase"},
    ),
    Row("POST", "/v1/accounts", CREATED, body=PERSON | {"grant": "granted"}),
    Row("GET", "/v1/me", PUBLIC | {"nobody": 401}),
    Row("GET", "/v1/me/profile", PUBLIC | {"nobody": 401}),
    Row("PATCH", "/v1/me/profile", PUBLIC | {"nobody": 401}, body={"bio": "Hello."}),
    Row(
        "POST",
        "/v1/me/pictures",
        CREATED | {"nobody": 401},
        body={"content_type": "image/png", "size": 1},
    ),
    Row("GET", "/v1/me/pictures/current", OWN_PICTURE),
    Row("GET", "/v1/me/pictures/{picture_id}", OWN_PICTURE | {"owner": 200}),
    Row("POST", "/v1/me/pictures/{picture_id}/complete", OWN_PICTURE | {"owner": 202}),
    Row("DELETE", "/v1/me/pictures/current", dict.fromkeys(CALLERS, 204) | {"nobody": 401}),
    Row("GET", "/v1/profiles", PUBLIC | {"nobody": 401}, query="?code=NOBOD-0000000"),
    Row("GET", "/v1/profiles/{user_code}", PUBLIC | {"nobody": 401}),
    Row(
        "POST",
        "/v1/logins",
        CREATED,
        body={"identifier": "admin", "password": SECRETS["admin_password"]},
    ),
    Row("DELETE", "/v1/me/google", dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 204}),
    Row("POST", "/v1/google-logins", dict.fromkeys(CALLERS, 404), body={"id_token": "a.b.c"}),
    Row("POST", "/v1/logins/refresh", PUBLIC, body={"refresh_token": "{refresh_token}"}),
    Row("GET", "/v1/me/consents", PUBLIC | {"nobody": 401}),
    Row("GET", "/v1/me/consents/history", PUBLIC | {"nobody": 401}),
    Row(
        "PUT",
        "/v1/me/consents/{purpose}",
        PUBLIC | {"nobody": 401},
        body={"version": "1", "given": True},
    ),
    Row("POST", "/v1/me/exports", dict.fromkeys(CALLERS, 202) | {"nobody": 401, "owner": 409}),
    Row(
        "GET",
        "/v1/me/exports/{export_id}",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 200},
    ),
    Row(
        "POST",
        "/v1/me/erasure",
        dict.fromkeys(CALLERS, 403) | {"nobody": 401, "owner": 202},
        body={"password": PERSON["password"]},
    ),
    Row("GET", "/v1/me/erasure", dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 200}),
    Row("DELETE", "/v1/me/erasure", dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 204}),
    Row("GET", "/v1/admin/erasures", ADMINS),
    Row("GET", "/v1/admin/erasures/{erasure_id}", ADMINS),
    Row(
        "PUT",
        "/v1/admin/accounts/{account_id}/hold",
        ADMINS,
        body={"reason": "legal"},
        instead={"account_id": "held_id"},
    ),
    Row(
        "DELETE",
        "/v1/admin/accounts/{account_id}/hold",
        ADMINS | {"admin": 204},
        instead={"account_id": "held_id"},
    ),
    Row("GET", "/v1/logins", PUBLIC | {"nobody": 401}),
    Row("DELETE", "/v1/logins/others", dict.fromkeys(CALLERS, 204) | {"nobody": 401}),
    Row(
        "DELETE",
        "/v1/logins/{login_id}",
        {"nobody": 401, "student": 404, "tutor": 404, "admin": 404, "owner": 204},
    ),
    Row("DELETE", "/v1/logins/current", dict.fromkeys(CALLERS, 204) | {"nobody": 401}),
    Row(
        "POST",
        "/v1/invite-imports",
        INVITERS | {"tutor": 202, "admin": 202, "inviter": 202},
        raw="email\nsomebody@example.org\n",
        headers={"Content-Type": "text/csv"},
    ),
    Row("GET", "/v1/invite-imports/{import_id}", INVITERS),
    Row("GET", "/v1/invite-imports/{import_id}/rows", INVITERS),
    Row("GET", "/v1/invites", INVITERS | {"tutor": 200, "admin": 200}),
    Row("DELETE", "/v1/invites/{invite_id}", INVITERS | {"inviter": 204}),
    Row("POST", "/v1/invite-acceptances", PUBLIC, body={"token": "invited"}),
    *user_admin.ROWS,
    *user_factors.ROWS,
    *user_tokens.ROWS,
]


def app_for_routes() -> FastAPI:
    """The app, for its list of routes only."""
    return create_app(Settings.model_validate(nowhere() | SETTINGS))


@asynccontextmanager
async def world(stack: Stack) -> AsyncIterator[World]:
    """A person of each role, and one more, with a login each; a good grant and refresh token."""
    settings = await stack.settings_for(Settings, "user_service", **SETTINGS)
    async with running(create_app(settings)) as client:
        parts = client._transport.app.state.resources  # type: ignore[attr-defined]
        await parts.redis.flushdb()
        now = parts.clock.now()
        callers, logins, owner_id = {"nobody": NOBODY}, {}, new_id()
        async with parts.database.transaction() as session:
            for name in ("owner", "student", "tutor", "admin"):
                user = stack.as_user("student" if name == "owner" else name)
                session.add(_account(user.id, user.code, name, user.principal.role, now))
                await session.flush()
                login_id = user.principal.login_id
                session.add(_login(login_id, user.id, now))
                logins[name] = login_id
                token = await parts.keys.sign(user.principal, now)
                callers[name] = {"Authorization": f"Bearer {token}"}
                owner_id = user.id if name == "owner" else owner_id
                if name == "owner":
                    picture = _picture(user.id, now)
                    session.add(picture)
            others = [
                _account(new_id(), f"OTHER-000000{n}", name, "student", now)
                for n, name in enumerate(("acted_upon", "shut_out"))
            ]
            callers |= await user_admin.administered(
                session, parts.keys, user.principal, others, now
            )
            passkey_id = await user_factors.give_passkey(session, logins["owner"], now)
            values = await _invited(session, stack, callers, parts.keys, now)
            await _granted(session, owner_id, now)
            session.add(GoogleIdentity(subject="1", account_id=owner_id, linked_at=now))
            values["change_id"] = await _moving(session, owner_id, now)
            values |= await _leaving(session, parts.passwords, now)
            secret = SECRETS["code_secret"]
            values |= await user_tokens.give_token(session, secret, owner_id, now)
        values["refresh_token"] = refresh.issue(SECRETS["key_secret"], logins["admin"], 1)
        values["user_code"] = others[0].user_code
        values["login_id"] = logins["owner"]
        values |= {"account_id": others[0].id, "blocked_id": others[1].id}
        values |= {"purpose": "marketing_mail", "picture_id": picture.id}
        values["passkey_id"] = passkey_id
        yield World(client, callers, values, lambda: postgres_fingerprint(parts.database))


async def _leaving(session: AsyncSession, passwords: Passwords, now: datetime) -> dict[str, Any]:
    """An export and an erasure of the owner's; the inviter's account is held."""
    owner = await accounts.find_by_identifier(session, "owner_one")
    inviter = await accounts.find_by_identifier(session, "inviter_one")
    assert owner is not None
    assert inviter is not None
    owner.password_hash = await passwords.hash(PERSON["password"])
    export = Export(
        id=new_id(), account_id=owner.id, folder=new_id(), state="collecting", requested_at=now,
        asked_at=now, asked=1, failed=[],
    )  # fmt: skip
    erasure = Erasure(
        id=new_id(), account_id=owner.id, requested_at=now, due_at=now + timedelta(days=14)
    )
    hold = Hold(account_id=inviter.id, reason="legal", set_by=owner.id, set_at=now)
    session.add_all([export, erasure, hold])
    return {"export_id": export.id, "erasure_id": erasure.id, "held_id": inviter.id}


async def _granted(session: AsyncSession, owner_id: object, now: datetime) -> None:
    """Leave to sign up, and leave to choose a new password for the owner."""
    until = {"expires_at": now + timedelta(minutes=5)}
    sign_up, reset = (
        keyed(SECRETS["code_secret"], "grant", token) for token in ("granted", "granted to reset")
    )
    session.add(Grant(token_hmac=sign_up, email="new@example.org", **until))
    session.add(
        Grant(
            token_hmac=reset, email="owner_one@example.org", purpose="password_reset",
            account_id=owner_id, **until,
        )
    )  # fmt: skip


async def _moving(session: AsyncSession, owner_id: object, now: datetime) -> object:
    """A change of the owner's address that waits for its codes."""
    codes = []
    for email, digits in (("owner_one@example.org", "123456"), ("o@example.org", "654321")):
        code_id = new_id()
        made = keyed(SECRETS["code_secret"], "code", str(code_id), digits)
        until = now + timedelta(minutes=5)
        codes.append(
            MailedCode(
                id=code_id, email=email, email_key=email, purpose="", tries=0, code_hmac=made,
                created_at=now, expires_at=until,
            )
        )  # fmt: skip
    change = EmailChange(
        id=new_id(), account_id=owner_id, email="o@example.org", created_at=now,
        old_code_id=codes[0].id, new_code_id=codes[1].id,
    )  # fmt: skip
    session.add_all([*codes, change])
    return change.id


async def _invited(
    session: AsyncSession, stack: Stack, callers: dict[str, Any], keys: KeyRing, now: datetime
) -> dict[str, Any]:
    """A tutor with an import and an invite."""
    user = stack.as_user("tutor")
    session.add(_account(user.id, user.code, "inviter", "tutor", now))
    await session.flush()
    callers["inviter"] = {"Authorization": f"Bearer {await keys.sign(user.principal, now)}"}
    invite = Invite(
        id=new_id(), inviter_id=user.id, email="i@example.org", email_key="i@example.org",
        first_name="", last_name="", locale="en", created_at=now, expires_at=now + LIVES,
        token_hmac=keyed(SECRETS["code_secret"], "invite", "invited"),
    )  # fmt: skip
    run = InviteImport(
        id=new_id(), inviter_id=user.id, total=0, done=0, created=0, repeated=0, refused=0,
        started_at=now, finished_at=now,
    )  # fmt: skip
    session.add_all([invite, run])
    return {"import_id": run.id, "invite_id": invite.id}


def _account(account_id: object, code: str, name: str, role: str, now: object) -> Account:
    username = f"{name}_one"
    return Account(
        id=account_id, user_code=code, username=username, username_key=username,
        email=f"{username}@example.org", email_key=f"{username}@example.org", first_name=name,
        last_name="", role=role, locale="en", zone="UTC", password_hash=None, created_at=now,
        revision=1,
    )  # fmt: skip


def _picture(account_id: UUID, now: datetime) -> Picture:
    return Picture(
        id=new_id(), account_id=account_id, state=State.ASKED, alt="", folder=draw_folder(),
        asked_at=now,
    )  # fmt: skip


def _login(login_id: object, account_id: object, now: object) -> Login:
    return Login(
        id=login_id, account_id=account_id, device="test", generation=1, created_at=now,
        rotated_at=now, expires_at=now + timedelta(days=1),  # type: ignore[operator]
    )  # fmt: skip
