"""The HTTP process of user_service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI

from libs import app as http
from libs import postgres, probes
from libs.clock import Clock
from libs.process import settle
from libs.settings import load
from user_service.accounts import service as accounts_service
from user_service.accounts.router import router as accounts
from user_service.admin.router import router as admin
from user_service.audit.router import router as audit
from user_service.codes.router import router as codes
from user_service.consents.router import router as consents
from user_service.email_changes.router import router as email_changes
from user_service.erasures.router import router as erasures
from user_service.exports.router import router as exports
from user_service.factors.router import router as factors
from user_service.google.router import router as google
from user_service.invites.router import router as invites
from user_service.keys.router import router as keys
from user_service.logins.router import router as logins
from user_service.passwords.router import router as passwords
from user_service.pictures.router import router as pictures
from user_service.profiles.router import router as profiles
from user_service.resources import open_resources
from user_service.settings import Settings
from user_service.tokens.router import router as tokens


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> FastAPI:
    """Builds the app; without arguments from the environment."""
    settings = settings or load(Settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings, clock) as resources:
            http.hand_out(app, resources)
            await resources.keys.public_jwks()
            if settings.admin_password is not None:
                password = settings.admin_password.get_secret_value()
                await accounts_service.ensure_admin(
                    resources.database, resources.passwords, password, again=settings.relaxed
                )
            revocations = asyncio.create_task(resources.revocations.run())
            http.drain_on_sigterm(app)
            settle()
            yield
            revocations.cancel()

    def checks(app: FastAPI) -> Mapping[str, probes.Check]:
        head = postgres.migration_head("user_service")
        return {
            "database": lambda: app.state.database.ping(head),
            "redis": lambda: app.state.redis.ping(),
        }

    return http.build_app(
        http.About(
            "user_service", "Accounts, logins and the keys that sign tokens.", "/api/user-service"
        ),
        settings,
        [
            accounts,
            profiles,
            pictures,
            codes,
            consents,
            logins,
            google,
            passwords,
            email_changes,
            factors,
            tokens,
            invites,
            keys,
            exports,
            erasures,
            admin,
            audit,
        ],
        lifespan,
        checks,
    )
