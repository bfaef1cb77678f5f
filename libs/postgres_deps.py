"""What routes of a PostgreSQL service ask for besides `libs/deps.py`: a transaction, or reads."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from libs.postgres import Database, Reads


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """The request's one transaction; committed after the answer is serialised and before it is
    sent.
    """
    database: Database = request.app.state.database
    async with database.transaction() as session:
        yield session


async def get_reads(request: Request) -> Reads:
    """Connections in AUTOCOMMIT, for what only reads (`libs/hot_reads.py`)."""
    database: Database = request.app.state.database
    return database.reads


SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]
ReadsDep = Annotated[Reads, Depends(get_reads)]
