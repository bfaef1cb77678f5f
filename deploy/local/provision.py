"""Databases and roles of the services that keep PostgreSQL.

Each has a database `studyzed_<service>` and two roles: `<service>_owner` owns it and migrates,
`<service>_app` reads and writes rows and can do nothing else. The roles' passwords are derived from
the superuser's, so that no second secret is kept and a second call changes nothing.

    python -m deploy.local.provision      provisions all, STUDYZED_POSTGRES_URL names the server
"""

import asyncio
import os

import asyncpg

from deploy.local.roles import Credentials, credentials, password

__all__ = ["Credentials", "credentials", "provision"]

SERVICES = ("user", "session", "payment")
_LOCK = 0x53_5A_50_52
"""Advisory lock: two provisioning processes would change one role at the same time."""


async def provision(superuser_url: str, service: str, database: str | None = None) -> Credentials:
    """Makes the database and roles of a service unless they are there, and sets the rights of both.

    `service` may carry the suffix `_service`; `database` defaults to `studyzed_<service>`. Raises
    asyncpg's errors.
    """
    service = service.removesuffix("_service")
    name = database or f"studyzed_{service}"
    owner, app = f"{service}_owner", f"{service}_app"
    server = await asyncpg.connect(superuser_url)
    try:
        await server.execute("SELECT pg_advisory_lock($1)", _LOCK)
        for role in (owner, app):
            await _role(server, role, password(superuser_url, role))
        if not await server.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await server.execute(f'CREATE DATABASE "{name}" OWNER "{owner}"')
        inside = await asyncpg.connect(superuser_url, database=name)
        try:
            await inside.execute(_rights(name, owner, app))
        finally:
            await inside.close()
    finally:
        await server.close()  # which frees the lock
    return credentials(superuser_url, service, database)


async def _role(server: asyncpg.Connection, role: str, word: str) -> None:
    if not await server.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
        await server.execute(f'CREATE ROLE "{role}"')
    # A utility statement takes no parameters; the password is hexadecimal.
    await server.execute(
        f"ALTER ROLE \"{role}\" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{word}'"
    )


def _rights(database: str, owner: str, app: str) -> str:
    """The owner has the schema; the app role gets rows, of later tables too.

    A table with the comment `append-only` is left alone: its migration has taken back the right to
    change and delete rows.
    """
    return f"""
        REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;
        GRANT CONNECT ON DATABASE "{database}" TO "{app}";
        ALTER SCHEMA public OWNER TO "{owner}";
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE ON SCHEMA public TO "{app}";
        {_grants(app)}
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{app}";
        ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" IN SCHEMA public
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{app}";
        ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" IN SCHEMA public
            GRANT USAGE, SELECT ON SEQUENCES TO "{app}";
    """


def _grants(app: str) -> str:
    return f"""
        DO $$ DECLARE name regclass; BEGIN
            FOR name IN SELECT oid FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
                AND obj_description(oid, 'pg_class') IS DISTINCT FROM 'append-only'
            LOOP
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO "{app}"', name);
            END LOOP;
        END $$;
    """  # noqa: S608  (the role's name is ours)


async def _provision_all(superuser_url: str) -> None:
    for service in SERVICES:
        await provision(superuser_url, service)


if __name__ == "__main__":
    asyncio.run(_provision_all(os.environ["STUDYZED_POSTGRES_URL"]))
