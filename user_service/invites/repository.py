"""Queries for invites; all but a job's are bound to the inviter."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from libs import postgres
from libs.ids import new_id
from libs.pagination import PageRequest, newest_first
from user_service.invites.errors import ImportNotFound, ImportRunning, InviteNotFound
from user_service.invites.files import Person
from user_service.invites.models import LIVES, Invite, InviteImport, InviteRow
from user_service.invites.schemas import InviteRowOut


async def add_import(session: AsyncSession, wanted: InviteImport) -> None:
    """Adds an import. Raises `ImportRunning` while another of the same person runs."""
    try:
        session.add(wanted)
        await session.flush()
    except IntegrityError as error:
        if postgres.constraint(error) == "ix_invite_imports_running":
            raise ImportRunning from error
        raise


async def get_import(session: AsyncSession, inviter_id: UUID, import_id: UUID) -> InviteImport:
    """An import of one's own. Raises `ImportNotFound`."""
    found = await session.scalar(
        select(InviteImport).where(
            InviteImport.id == import_id, InviteImport.inviter_id == inviter_id
        )
    )
    if found is None:
        raise ImportNotFound
    return found


async def lock_import(session: AsyncSession, import_id: UUID) -> InviteImport | None:
    """An import, locked, for its job."""
    return await session.get(InviteImport, import_id, with_for_update=True)


async def list_rows(
    session: AsyncSession, import_id: UUID, after: int, limit: int
) -> Sequence[InviteRow]:
    """What became of the rows behind a line."""
    statement = (
        select(InviteRow)
        .where(InviteRow.import_id == import_id, InviteRow.line > after)
        .order_by(InviteRow.line)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def add_rows(session: AsyncSession, import_id: UUID, rows: Sequence[InviteRowOut]) -> None:
    """Notes what became of rows."""
    values = [row.model_dump() | {"import_id": import_id} for row in rows]
    if values:
        await session.execute(insert(InviteRow), values)


async def known_keys(
    session: AsyncSession, inviter_id: UUID, keys: Sequence[str], now: datetime
) -> set[str]:
    """Those of the addresses whose invite by this person is still good or was accepted."""
    statement = select(Invite.email_key).where(
        Invite.inviter_id == inviter_id,
        Invite.email_key == func.any(list(keys)),
        Invite.withdrawn_at.is_(None),
        (Invite.expires_at > now) | Invite.accepted_at.is_not(None),
    )
    return set(await session.scalars(statement))


async def add_invites(
    session: AsyncSession, inviter_id: UUID, people: Sequence[Person], now: datetime
) -> dict[str, UUID]:
    """Makes an invite for each address that has none (any more); returns the new ones' ids by
    address. Two imports at once make one invite for an address.
    """
    rows = [
        {
            "id": new_id(), "inviter_id": inviter_id, "email": person.email,
            "email_key": person.key, "first_name": person.first_name,
            "last_name": person.last_name, "locale": person.locale, "created_at": now,
            "expires_at": now + LIVES,
        }
        for person in people
    ]  # fmt: skip
    if not rows:
        return {}
    statement = insert(Invite).values(rows)
    fresh = {name: statement.excluded[name] for name in rows[0] if name != "email_key"}
    statement = statement.on_conflict_do_update(
        index_elements=["inviter_id", "email_key"],
        set_=fresh | {"token_hmac": None, "withdrawn_at": None},
        where=Invite.accepted_at.is_(None)
        & (Invite.withdrawn_at.is_not(None) | (Invite.expires_at <= now)),
    )
    made = await session.execute(statement.returning(Invite.email_key, Invite.id))
    return {row.email_key: row.id for row in made}


async def count_since(session: AsyncSession, inviter_id: UUID, since: datetime) -> int:
    """How many invites a person's imports have made that were not finished at an instant. Invites
    themselves do not tell: one that was withdrawn is made, and mailed, again in the same row.
    """
    statement = select(func.coalesce(func.sum(InviteImport.created), 0)).where(
        InviteImport.inviter_id == inviter_id,
        InviteImport.finished_at.is_(None) | (InviteImport.finished_at > since),
    )
    return await session.scalar(statement) or 0


async def list_page(session: AsyncSession, inviter_id: UUID, page: PageRequest) -> Sequence[Invite]:
    """One's own invites, newest first."""
    own = select(Invite).where(Invite.inviter_id == inviter_id)
    return (await session.scalars(newest_first(own, Invite.id, page))).all()


async def withdraw(session: AsyncSession, inviter_id: UUID, invite_id: UUID, now: datetime) -> None:
    """Takes an invite of one's own back, unless it was accepted. Raises `InviteNotFound`."""
    found = await session.scalar(
        update(Invite)
        .where(
            Invite.id == invite_id, Invite.inviter_id == inviter_id, Invite.accepted_at.is_(None)
        )
        .values(withdrawn_at=func.coalesce(Invite.withdrawn_at, now))
        .returning(Invite.id)
    )
    if found is None:
        raise InviteNotFound


async def lock_to_send(session: AsyncSession, invite_id: UUID, now: datetime) -> Invite | None:
    """An invite that is still to be mailed, locked."""
    return await session.scalar(
        select(Invite)
        .where(
            Invite.id == invite_id,
            Invite.accepted_at.is_(None),
            Invite.withdrawn_at.is_(None),
            Invite.expires_at > now,
        )
        .with_for_update()
    )


async def accept(session: AsyncSession, token_hmac: str, now: datetime) -> Invite | None:
    """Uses an invite up; `None` if it is not good (any more)."""
    return await session.scalar(
        update(Invite)
        .where(
            Invite.token_hmac == token_hmac,
            Invite.accepted_at.is_(None),
            Invite.withdrawn_at.is_(None),
            Invite.expires_at > now,
        )
        .values(accepted_at=now)
        .returning(Invite)
    )


async def remove_of(session: AsyncSession, key: str) -> None:
    """Forgets all invites of an address that has left, in the form in which it is compared."""
    await session.execute(delete(Invite).where(Invite.email_key == key))


async def remove_before(session: AsyncSession, instant: datetime) -> None:
    """Forgets imports that finished, and invites that ended, before an instant."""
    await session.execute(delete(InviteImport).where(InviteImport.finished_at < instant))
    await session.execute(delete(Invite).where(Invite.expires_at < instant))
