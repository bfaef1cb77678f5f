"""What this service's routes ask for besides `libs.deps`."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from libs.mongo import Mongo, MongoSession


async def get_mongo(request: Request) -> Mongo:
    """The database, for routes that write: they run one transaction of their own."""
    mongo: Mongo = request.app.state.mongo
    return mongo


async def get_reads(request: Request) -> AsyncIterator[MongoSession]:
    """The database outside any transaction. Raises `Unavailable` when it is away."""
    mongo: Mongo = request.app.state.mongo
    async with mongo.reads() as session:
        yield session


MongoDep = Annotated[Mongo, Depends(get_mongo)]
MongoReads = Annotated[MongoSession, Depends(get_reads, scope="function")]
