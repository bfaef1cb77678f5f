"""Queries for people."""

from uuid import UUID

from sqlalchemy import select, update
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
        "role": person.role,
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


async def set_role(session: AsyncSession, account_id: UUID, role: str, revision: int) -> None:
    """Updates the role in an older copy."""
    await session.execute(
        update(Person)
        .where(Person.account_id == account_id, Person.revision < revision)
        .values(role=role, revision=revision)
    )


async def find_by_code(session: AsyncSession, user_code: str) -> Person | None:
    """The person with a public code."""
    return await session.scalar(select(Person).where(Person.user_code == user_code))
