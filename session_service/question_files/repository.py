"""Queries for files of questions."""

from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from session_service.questions.models import Question, QuestionVersion
from session_service.questions.repository import Current


async def own(session: AsyncSession, owner_id: UUID, tag: str | None, most: int) -> list[Current]:
    """Questions of a bank with their newest versions, oldest first; archived ones are left out."""
    statement = (
        select(Question, QuestionVersion)
        .join(
            QuestionVersion,
            and_(
                QuestionVersion.question_id == Question.id,
                QuestionVersion.number == Question.number,
            ),
        )
        .where(Question.owner_id == owner_id, Question.archived_at.is_(None))
        .order_by(Question.id)
        .limit(most)
    )
    if tag is not None:
        statement = statement.where(Question.tags.contains([tag]))
    return [(question, version) for question, version in await session.execute(statement)]
