"""What clients send and get about gradebooks."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.schemas import LINE, Schema
from session_service.marks.schemas import MarkState

Name = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=LINE)]
Weight = Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)]


class CategoryIn(Schema):
    """A category: weights count in proportion to each other, whatever they add up to."""

    name: Name
    weight: Weight
    drop_lowest: Annotated[int, Field(ge=0, le=100)] = 0


class CategoriesPut(Schema):
    """All categories of a class, in their order; none, so that all columns count alike."""

    categories: Annotated[list[CategoryIn], Field(max_length=50)]


class CategoriesOut(Schema):
    """All categories of a class, in their order."""

    categories: list[CategoryIn]


class CategoryGradeOut(Schema):
    """What a category comes to for one student; null: no data. `dropped` are the columns that were
    left out as the lowest.
    """

    name: str
    weight: Decimal
    percent: Decimal | None
    counted: list[UUID]
    dropped: list[UUID]


class CellOut(Schema):
    """A student's part in a column. Totals of drafts are shown to who teaches or helps, and count
    nowhere.
    """

    item_id: UUID
    mark_id: UUID | None
    state: MarkState
    excused: bool
    missing: bool
    total: Decimal | None
    percent: Decimal | None


class GradebookRowOut(Schema):
    """One student's row. `percent` is null where nothing counts yet: no data is not zero. The name
    is null until it is known here.
    """

    id: UUID
    student_id: UUID
    student_code: str
    student_name: str | None
    percent: Decimal | None
    categories: list[CategoryGradeOut]
    cells: list[CellOut]


class ImportedCell(Schema):
    """What a file changes, or would change; `to` may be `excused`."""

    line: int
    student_code: str
    item_id: UUID
    before: str
    after: str


class ImportProblem(Schema):
    """Why a line cannot be taken. The header is line 1."""

    line: int
    column: str
    code: str
    detail: str


class GradeImportOut(Schema):
    """What became of a file. With any problem, and in a dry run, nothing is changed. The first
    hundred problems are named, and how many more there are.
    """

    applied: bool
    rows: int
    changes: list[ImportedCell]
    problems: list[ImportProblem]
    more_problems: int = 0
