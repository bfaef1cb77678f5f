"""Rights in user_service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from libs.ids import new_id
from tests.access import user_admin, user_factors, user_seeds, user_tokens
from tests.access.table import NOBODY, Row, World, nowhere, postgres_fingerprint
from tests.stack import Stack, running
from tests.user_service.world import PERSON, SECRETS, SETTINGS
from user_service.app import create_app
from user_service.google_links.models import GoogleIdentity
from user_service.logins import refresh
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
        PUBLIC,
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
        own_login=True,
    ),
    Row(
        "POST",
        "/v1/me/email-changes/{change_id}/confirmation",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 204},
        body={"old_code": "123456", "new_code": "654321"},
        own_login=True,
    ),
    Row(
        "PUT",
        "/v1/me/password",
        dict.fromkeys(CALLERS, 409) | {"nobody": 401, "owner": 204, "tutor": 204},
        body={"old_password": PERSON["password"], "password": "a new long phrase"},
        own_login=True,
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
    Row("GET", "/v1/me/pictures/current", OWN_PICTURE | {"owner": 200}),
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
    Row(
        "PUT",
        "/v1/me/google",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401},
        body={"id_token": "a.b.c"},
        own_login=True,
    ),
    Row(
        "DELETE",
        "/v1/me/google",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 204},
        own_login=True,
    ),
    Row("POST", "/v1/google-logins/nonces", dict.fromkeys(CALLERS, 404)),
    Row("POST", "/v1/google-logins", dict.fromkeys(CALLERS, 404), body={"id_token": "a.b.c"}),
    Row("POST", "/v1/logins/refresh", PUBLIC, body={"refresh_token": "{refresh_token}"}),
    Row("GET", "/v1/me/consents", PUBLIC | {"nobody": 401}),
    Row("GET", "/v1/me/consents/history", PUBLIC | {"nobody": 401}),
    Row(
        "PUT",
        "/v1/me/consents/{purpose}",
        PUBLIC | {"nobody": 401},
        body={"version": "1", "given": True},
        own_login=True,
    ),
    Row(
        "POST",
        "/v1/me/exports",
        dict.fromkeys(CALLERS, 202) | {"nobody": 401, "owner": 409},
        own_login=True,
    ),
    Row(
        "GET",
        "/v1/me/exports/{export_id}",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 200},
        own_login=True,
    ),
    Row(
        "POST",
        "/v1/me/erasure",
        dict.fromkeys(CALLERS, 403) | {"nobody": 401, "owner": 202, "tutor": 202},
        body={"password": PERSON["password"]},
        own_login=True,
    ),
    Row(
        "GET",
        "/v1/me/erasure",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 200},
        own_login=True,
    ),
    Row(
        "DELETE",
        "/v1/me/erasure",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 204},
        own_login=True,
    ),
    Row("GET", "/v1/admin/erasures", ADMINS, own_login=True),
    Row("GET", "/v1/admin/erasures/{erasure_id}", ADMINS, own_login=True),
    Row(
        "PUT",
        "/v1/admin/accounts/{account_id}/hold",
        ADMINS,
        body={"reason": "legal"},
        instead={"account_id": "held_id"},
        own_login=True,
    ),
    Row(
        "DELETE",
        "/v1/admin/accounts/{account_id}/hold",
        ADMINS | {"admin": 204},
        instead={"account_id": "held_id"},
        own_login=True,
    ),
    Row("GET", "/v1/logins", PUBLIC | {"nobody": 401}, own_login=True),
    Row(
        "DELETE", "/v1/logins/others", dict.fromkeys(CALLERS, 204) | {"nobody": 401}, own_login=True
    ),
    Row(
        "DELETE",
        "/v1/logins/{login_id}",
        {"nobody": 401, "student": 404, "tutor": 404, "admin": 404, "owner": 204},
        own_login=True,
    ),
    Row(
        "DELETE",
        "/v1/logins/current",
        dict.fromkeys(CALLERS, 204) | {"nobody": 401},
        own_login=True,
    ),
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
                session.add(user_seeds.account(user.id, user.code, name, user.principal.role, now))
                await session.flush()
                login_id = user.principal.login_id
                session.add(user_seeds.login(login_id, user.id, now))
                logins[name] = login_id
                token = await parts.keys.sign(user.principal, now)
                callers[name] = {"Authorization": f"Bearer {token}"}
                owner_id = user.id if name == "owner" else owner_id
                if name == "owner":
                    picture = user_seeds.picture(user.id, now)
                    session.add_all([picture, user_seeds.profile(user.id, picture.folder)])
            others = [
                user_seeds.account(new_id(), f"OTHER-000000{n}", name, "student", now)
                for n, name in enumerate(("acted_upon", "shut_out"))
            ]
            callers |= await user_admin.administered(
                session, parts.keys, user.principal, others, now
            )
            passkey_id = await user_factors.give_passkey(session, logins["owner"], now)
            values = await user_seeds.invited(session, stack, callers, parts.keys, now)
            await user_seeds.granted(session, owner_id, now)
            session.add(GoogleIdentity(subject="1", account_id=owner_id, linked_at=now))
            values["change_id"] = await user_seeds.moving(session, owner_id, now)
            values |= await user_seeds.leaving(session, parts.passwords, now)
            secret = SECRETS["code_secret"]
            values |= await user_tokens.give_token(session, secret, owner_id, now)
        values["refresh_token"] = refresh.issue(SECRETS["key_secret"], logins["admin"], 1)
        values["user_code"] = others[0].user_code
        values["login_id"] = logins["owner"]
        values |= {"account_id": others[0].id, "blocked_id": others[1].id}
        values |= {"purpose": "marketing_mail", "picture_id": picture.id}
        values["passkey_id"] = passkey_id
        yield World(client, callers, values, lambda: postgres_fingerprint(parts.database))
