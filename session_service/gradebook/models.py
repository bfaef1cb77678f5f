"""How a class's gradebook counts."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base


class GradeCategory(Base):
    """A group of columns with one weight, of which each student's lowest `drop_lowest` percentages
    are left out.
    """

    __tablename__ = "grade_categories"

    study_session_id: Mapped[UUID] = mapped_column(
        ForeignKey("study_sessions.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int]
    weight: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    drop_lowest: Mapped[int]
