"""Files as answers: a student's own, uploaded to the class and ready."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select

from libs.auth import Principal
from libs.compiled import Statement
from libs.errors import FieldProblem, Invalid
from libs.hot_writes import Transaction
from session_service.attempts.models import Attempt
from session_service.materials.schemas import VersionState
from session_service.question_rules.answers import AnyAnswer, FileAnswer
from session_service.work_files.models import WorkFile

_OWN = Statement(
    select(func.count().label("number"))
    .select_from(WorkFile)
    .join(Attempt, Attempt.study_session_id == WorkFile.study_session_id)
    .where(
        Attempt.id == bindparam("attempt_id", type_=Uuid()),
        WorkFile.id == func.any(bindparam("file_ids", type_=ARRAY(Uuid()))),
        WorkFile.student_id == bindparam("caller", type_=Uuid()),
        WorkFile.state == VersionState.READY.value,
    )
)


async def check(
    session: Transaction,
    user: Principal,
    attempt_id: UUID,
    answers: Sequence[tuple[str, AnyAnswer]],
) -> None:
    """Raises `Invalid` unless the files of these answers, each with its pointer, are the caller's
    own of the attempt's class, are ready, and are named once each.
    """
    for pointer, answer in answers:
        if isinstance(answer, FileAnswer) and answer.file_ids:
            values = {"attempt_id": attempt_id, "file_ids": answer.file_ids}
            [row] = await _OWN.run(session, caller=user.account_id, **values)
            if row["number"] < len(answer.file_ids):
                problem = FieldProblem(
                    f"{pointer}/file_ids", "files_not_ready", "not all are ready files of yours"
                )
                raise Invalid(fields=[problem])
