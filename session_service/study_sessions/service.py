"""The rules of classes."""

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs import etags, log, outbox
from libs.auth import Principal
from libs.events.session import (
    StudySessionApproved,
    StudySessionChanged,
    StudySessionCreated,
    StudySessionEvent,
    StudySessionPaused,
    StudySessionResumed,
)
from libs.ids import new_id
from session_service.study_sessions import repository
from session_service.study_sessions.errors import TransitionForbidden
from session_service.study_sessions.models import StudySession
from session_service.study_sessions.schemas import (
    Admission,
    PauseCause,
    State,
    StudySessionCreate,
    StudySessionUpdate,
)

logger = log.get(__name__)

CODE_DRAWS = 8
_FOLLOWED: Mapping[State, Callable[[StudySession, datetime], type[StudySessionEvent]]] = {
    State.SUSPENDED: lambda row, _: row.move(State.SUSPENDED),
    State.ACTIVE: lambda row, _: row.restore(),
    State.ENDED: lambda row, now: row.end(now),
}
"""How a class goes where its subscription has gone."""
DEFAULTS: Mapping[str, object] = {
    "capacity": None,
    "admission": Admission.APPROVE.value,
    "attendance_percent": 75,
    "late_minutes": 10,
    "early_minutes": 10,
}
"""Settings of a new class."""


def draw_code(name: str) -> str:
    """A class code as the product has them, such as `MATHS-7017AA`: five letters of the name
    (filled up with X), then six hexadecimal digits by chance.
    """
    letters = re.sub(r"[^A-Z0-9]", "", name.upper())[:5].ljust(5, "X")
    return f"{letters}-{secrets.token_hex(3).upper()}"


async def create(
    session: AsyncSession,
    user: Principal,
    wanted: StudySessionCreate,
    now: datetime,
    like: StudySession | None = None,
) -> StudySession:
    """Makes a class that waits for payment and approval, or a draft of which nobody hears. It has
    the settings of another one, if that is given.
    """
    made = StudySession(
        id=new_id(),
        name=wanted.name,
        description=wanted.description,
        zone=wanted.zone,
        tutor_id=user.account_id,
        state=(State.DRAFT if wanted.draft else State.PENDING).value,
        rejection_reason="",
        paused_for=[],
        kept_seconds=0,
        image_alt="",
        created_at=now,
        revision=1,
        **({name: getattr(like, name) for name in DEFAULTS} if like else DEFAULTS),
    )
    await _add_with_code(session, made)
    if not wanted.draft:
        await tell(session, made, StudySessionCreated)
    return made


async def _add_with_code(session: AsyncSession, made: StudySession) -> None:
    for _ in range(CODE_DRAWS):
        made.session_code = draw_code(made.name)
        try:
            return await repository.add(session, made)
        except repository.CodeTaken:
            continue
    raise RuntimeError("no free class code found")


async def update(
    session: AsyncSession,
    user: Principal,
    study_session_id: UUID,
    wanted: StudySessionUpdate,
    if_match: str | None,
) -> StudySession:
    """The owner changes what is named; nothing new is no news. Raises `StudySessionNotFound`,
    `Stale` or `StudySessionOver`.
    """
    found = await repository.lock_own(session, user, study_session_id)
    etags.check(if_match, found.revision)
    found.check_changeable()
    named = wanted.model_dump(include=wanted.model_fields_set, mode="json")
    new = {
        name: value
        for name, value in named.items()
        if (value is not None or name == "capacity") and value != getattr(found, name)
    }
    if new:
        found.change(new)
        await tell(session, found, StudySessionChanged)
    return found


async def submit(session: AsyncSession, user: Principal, study_session_id: UUID) -> StudySession:
    """The owner hands in a draft. Raises `StudySessionNotFound` or `TransitionForbidden`."""
    found = await repository.lock_own(session, user, study_session_id)
    await tell(session, found, found.move(State.PENDING))
    return found


async def approve(
    session: AsyncSession, admin: Principal, study_session_id: UUID, now: datetime
) -> StudySession:
    """An admin's yes; with the payment it opens the class. Raises `StudySessionNotFound`,
    `AlreadyApproved` or `TransitionForbidden`.
    """
    found = await repository.lock(session, study_session_id)
    found.approve(admin.account_id, now)
    await tell(session, found, StudySessionApproved)
    await _open_if_ready(session, found)
    return found


async def pay(session: AsyncSession, study_session_id: UUID, at: datetime) -> None:
    """Notes a payment; with the approval it opens the class. Raises `StudySessionNotFound`."""
    found = await repository.lock(session, study_session_id)
    if found.pay(at):
        await _open_if_ready(session, found)


async def _open_if_ready(session: AsyncSession, found: StudySession) -> None:
    if found.is_ready:
        await tell(session, found, found.move(State.ACTIVE))


async def suspend(session: AsyncSession, study_session_id: UUID) -> None:
    """An active class rests. Raises `StudySessionNotFound` or `TransitionForbidden`."""
    found = await repository.lock(session, study_session_id)
    await tell(session, found, found.move(State.SUSPENDED))


async def restore(session: AsyncSession, study_session_id: UUID) -> None:
    """A suspended class goes on. Raises `StudySessionNotFound` or `TransitionForbidden`."""
    found = await repository.lock(session, study_session_id)
    await tell(session, found, found.restore())


async def end(session: AsyncSession, study_session_id: UUID, now: datetime) -> None:
    """The platform ends a class. Raises `StudySessionNotFound` or `TransitionForbidden`."""
    found = await repository.lock(session, study_session_id)
    await tell(session, found, found.end(now))


async def follow(session: AsyncSession, study_session_id: UUID, revision: int, to: State) -> None:
    """A class follows its subscription into a state; `revision` is the event's. Old news, and a
    class that cannot go there (it has ended meanwhile), change nothing. Raises
    `StudySessionNotFound`.
    """
    found = await repository.lock(session, study_session_id)
    if not found.hear(revision):
        return
    now = session.info["clock"].now()
    try:
        event = _FOLLOWED[to](found, now)
    except TransitionForbidden:
        logger.info("subscription_not_followed", study_session_id=str(found.id), to=to.value)
    else:
        await tell(session, found, event)


async def end_own(
    session: AsyncSession, user: Principal, study_session_id: UUID, now: datetime
) -> StudySession:
    """The owner ends a class. Raises `StudySessionNotFound` or `TransitionForbidden`."""
    found = await repository.lock_own(session, user, study_session_id)
    await tell(session, found, found.end(now))
    return found


async def archive(session: AsyncSession, user: Principal, study_session_id: UUID) -> StudySession:
    """The owner puts an ended class away. Raises `StudySessionNotFound` or
    `TransitionForbidden`.
    """
    found = await repository.lock_own(session, user, study_session_id)
    await tell(session, found, found.move(State.ARCHIVED))
    return found


async def pause(
    session: AsyncSession, user: Principal, study_session_id: UUID, now: datetime
) -> StudySession:
    """The owner pauses a class; doing it twice is no news. Raises `StudySessionNotFound` or
    `TransitionForbidden`.
    """
    found = await repository.lock_own(session, user, study_session_id)
    if found.pause(PauseCause.OWNER, now):
        await tell(session, found, StudySessionPaused, cause=PauseCause.OWNER, paused_at=now)
    return found


async def resume(
    session: AsyncSession, user: Principal, study_session_id: UUID, now: datetime
) -> StudySession:
    """The owner takes the own pause back; well if there is none. It stays paused while there is
    another cause. Raises `StudySessionNotFound`.
    """
    found = await repository.lock_own(session, user, study_session_id)
    await go_on(session, found, [PauseCause.OWNER], now)
    return found


async def go_on(
    session: AsyncSession, found: StudySession, causes: Collection[PauseCause], now: datetime
) -> None:
    """Takes causes of pausing away from a locked class."""
    since = found.paused_at
    if found.resume(causes, now):
        times = {"paused_at": since, "resumed_at": now, "kept_seconds": found.kept_seconds}
        await tell(session, found, StudySessionResumed, **times)


async def tell(
    session: AsyncSession, row: StudySession, event: type[StudySessionEvent], **more: object
) -> None:
    """Publishes an event about a class as it is now; the row must be locked or new. `more` is what
    this event has beside the ids.
    """
    about = {
        "study_session_id": row.id,
        "session_code": row.session_code,
        "tutor_id": row.tutor_id,
        "revision": row.revision,
    }
    await outbox.publish(session, event.model_validate(about | more))
