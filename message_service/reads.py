"""MongoDB for routes that need no transaction."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from libs.mongo import Mongo, MongoSession


async def get_reads(request: Request) -> AsyncIterator[MongoSession]:
    """Reads and single-document writes. Raises `Unavailable` when the server is away."""
    mongo: Mongo = request.app.state.mongo
    async with mongo.reads() as session:
        yield session


MongoReads = Annotated[MongoSession, Depends(get_reads, scope="function")]
