"""How a class treats late work, and the columns in which a policy is kept."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ForeignKey, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.late_policies import rules
from session_service.late_policies.rules import LatePolicy
from session_service.late_policies.schemas import LatePolicyFields


class PolicyColumns:
    """Columns of a table whose rows each have a policy; new rows get the usual one."""

    grace_minutes: Mapped[int] = mapped_column(server_default="10")
    percent_per_day: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default="0")
    base: Mapped[str] = mapped_column(Text, server_default="earned")
    cap_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2), server_default="100")
    cut_off_minutes: Mapped[int | None] = mapped_column(server_default="0")

    @property
    def late_policy(self) -> LatePolicy:
        """The row's policy."""
        return policy_of({name: getattr(self, name) for name in NAMES})


NAMES = tuple(LatePolicyFields.model_fields)


def policy_of(row: dict[str, Any]) -> LatePolicy:
    """A policy from its columns, by their names."""
    minutes = row["cut_off_minutes"]
    return LatePolicy(
        timedelta(minutes=row["grace_minutes"]),
        row["percent_per_day"],
        cast(rules.Base, row["base"]),
        row["cap_percent"],
        None if minutes is None else timedelta(minutes=minutes),
    )


class ClassLatePolicy(PolicyColumns, Base):
    """What new tasks of a class get; a class without a row has the usual one."""

    __tablename__ = "late_policies"

    study_session_id: Mapped[UUID] = mapped_column(
        ForeignKey("study_sessions.id"), primary_key=True
    )
