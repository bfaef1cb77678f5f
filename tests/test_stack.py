"""What the tests stand on cleans up behind itself."""

import asyncpg
from motor.motor_asyncio import AsyncIOMotorClient

from message_service.settings import Settings
from tests.session_service.world import open_world
from tests.stack import Stack


async def tables(stack: Stack) -> set[str]:
    """The databases of tests in PostgreSQL."""
    server = await asyncpg.connect(stack.servers.postgres_superuser_url)
    found = await server.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'")
    await server.close()
    return {row["datname"] for row in found}


async def documents(stack: Stack) -> set[str]:
    """The databases of tests in MongoDB."""
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(stack.servers.mongo_url)
    found = await client.list_database_names()
    client.close()
    return {name for name in found if name.startswith("test_")}


async def test_a_worlds_database_goes_with_it(stack: Stack) -> None:
    made, before = list(stack.made), await tables(stack)
    async with open_world(stack):
        assert len(await tables(stack) - before) == 1
    assert stack.made == made
    assert await tables(stack) == before


async def test_documents_go_too_and_also_after_a_failure(stack: Stack) -> None:
    made, before = list(stack.made), await documents(stack)
    try:
        async with stack.passing():
            await stack.settings_for(Settings, "message_service")
            assert len(await documents(stack) - before) == 1
            raise ConnectionError
    except ConnectionError:
        assert stack.made == made
    assert await documents(stack) == before
