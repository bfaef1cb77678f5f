"""Queries for people."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.people.models import Person


async def save(session: AsyncSession, person: Person) -> None:
    """Adds a person, or updates an older copy."""
    values = {
        "account_id": person.account_id,
        "user_code": person.user_code,
        "name": person.name,
        "zone": person.zone,
        "revision": person.revision,
    }
    statement = insert(Person).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Person.account_id],
            set_=values,
            where=Person.revision < statement.excluded.revision,
        )
    )


async def find_by_code(session: AsyncSession, user_code: str) -> Person | None:
    """A person by public code."""
    return await session.scalar(select(Person).where(Person.user_code == user_code))
