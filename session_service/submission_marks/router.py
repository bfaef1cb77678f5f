"""Marks of submissions over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Response

from libs import etags
from libs.auth import WrongRole
from libs.deps import CurrentUser, Tutor
from libs.errors import Invalid, Stale, Unauthorized, problems
from libs.etags import TagsDep
from libs.hot_reads import Row
from libs.postgres_deps import ReadsDep, SessionDep
from session_service.grade_items.errors import GradeItemNotFound
from session_service.marks.errors import MarkNotFound, StudentNotFound
from session_service.marks.router import OF_STUDENT, PlaceDep
from session_service.marks.schemas import MarkDetail, MarkPut
from session_service.submission_marks import by_hand, repository, service
from session_service.submission_marks.schemas import MarkCreate, MarkOut
from session_service.submissions.errors import SubmissionNotFound

router = APIRouter(prefix="/v1", tags=["marks"])


@router.post(
    "/submissions/{submission_id}/marks",
    status_code=201,
    response_model=MarkOut,
    responses=problems(Unauthorized, WrongRole, SubmissionNotFound, Stale, Invalid),
)
async def create_mark(
    submission_id: UUID, body: MarkCreate, session: SessionDep, user: Tutor, tags: TagsDep
) -> Row:
    """Marks a submission; the student sees it at once, unless the task's column in the gradebook
    says otherwise. Earlier markings are kept. With `If-Match` only the mark that one has seen is
    replaced.
    """
    made = await service.mark(session, user, submission_id, body, tags.if_match)
    tags.show(made["number"])
    return made


@router.get(
    "/submissions/{submission_id}/mark",
    response_model=MarkOut,
    responses=problems(Unauthorized, MarkNotFound, Invalid),
)
async def get_mark(
    submission_id: UUID, reads: ReadsDep, user: CurrentUser, response: Response
) -> Row:
    """The mark that counts: for the tutor, and for the student once it is released."""
    found = await repository.get_for(reads, user, submission_id)
    response.headers["ETag"] = etags.of(found["number"])
    return found


@router.put(
    f"{OF_STUDENT}/mark",
    response_model=MarkDetail,
    responses=problems(Unauthorized, WrongRole, GradeItemNotFound, StudentNotFound, Stale, Invalid),
)
async def put_mark(
    place: PlaceDep, body: MarkPut, session: SessionDep, user: Tutor, tags: TagsDep
) -> Row:
    """Marks a student's work, as a whole or by its parts. With `If-Match` only the mark that one
    has seen is changed; `"0"` is the tag of one that is not there yet.
    """
    found = await by_hand.put(session, user, place, body, tags.if_match)
    tags.show(found["revision"])
    return found
