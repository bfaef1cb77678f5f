"""The two roles of a database cannot do each other's work, nor reach another service."""

from collections.abc import Iterator

import asyncpg
import pytest

from deploy.local.provision import Credentials, credentials, provision
from deploy.local.servers import Servers, throw_away


@pytest.fixture(scope="module")
def server() -> Iterator[Servers]:
    """A PostgreSQL of this module's own: roles belong to a whole server."""
    with throw_away({"postgres"}) as servers:
        yield servers


async def _connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))


async def _provision(server: Servers, service: str) -> Credentials:
    return await provision(server.postgres_superuser_url, service)


async def test_app_role_reads_and_writes_what_the_owner_made(server: Servers) -> None:
    found = await _provision(server, "session_service")
    owner, app = await _connect(found.owner_url), await _connect(found.app_url)
    await owner.execute("CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY, body text)")
    await owner.execute("CREATE EXTENSION citext")
    await app.execute("INSERT INTO note (body) VALUES ('Ä')")
    assert await app.fetchval("SELECT lower(body) FROM note WHERE id = 1") == "ä"
    await app.execute("UPDATE note SET body = 'b'")
    await app.execute("DELETE FROM note")
    for statement in (
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "DROP TABLE note",
        "TRUNCATE note",
        "CREATE ROLE other",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)
    await owner.close()
    await app.close()


async def test_append_only_tables_stay_so(server: Servers) -> None:
    found = await _provision(server, "payment")
    owner, app = await _connect(found.owner_url), await _connect(found.app_url)
    await owner.execute(
        "CREATE TABLE acts (body text); COMMENT ON TABLE acts IS 'append-only';"
        "REVOKE UPDATE, DELETE ON acts FROM payment_app; CREATE TABLE others (body text)"
    )
    await _provision(server, "payment")
    await app.execute("INSERT INTO acts VALUES ('a'); INSERT INTO others VALUES ('a')")
    assert await app.fetchval("SELECT count(*) FROM acts") == 1
    await app.execute("UPDATE others SET body = 'b'; DELETE FROM others")
    for statement in ("UPDATE acts SET body = 'b'", "DELETE FROM acts", "TRUNCATE acts"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(statement)
    await owner.close()
    await app.close()


async def test_no_service_reaches_the_database_of_another(server: Servers) -> None:
    user, payment = await _provision(server, "user"), await _provision(server, "payment")
    for url in (user.app_url, user.owner_url):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _connect(url.replace("studyzed_user", "studyzed_payment"))
    await (await _connect(payment.app_url)).close()


async def test_a_second_call_changes_nothing(server: Servers) -> None:
    first = await _provision(server, "user")
    assert await _provision(server, "user_service") == first
    assert credentials(server.postgres_superuser_url, "user") == first
    other = await provision(server.postgres_superuser_url, "user", "another_user")
    assert other.app_url == first.app_url.replace("studyzed_user", "another_user")
    for url in (first.app_url, other.app_url, other.owner_url):
        await (await _connect(url)).close()


def test_passwords_differ_per_role_and_server() -> None:
    here = credentials("postgresql://postgres:a@127.0.0.1:1/postgres", "user")
    there = credentials("postgresql://postgres:b@127.0.0.1:1/postgres", "user")
    urls = {here.app_url, here.owner_url, there.app_url, there.owner_url}
    words = {url.split(":")[2].split("@")[0] for url in urls}
    assert len(words) == 4
    assert {len(word) for word in words} == {64}
    with pytest.raises(ValueError, match="no password"):
        credentials("postgresql://postgres@127.0.0.1:1/postgres", "user")
