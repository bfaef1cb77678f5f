"""What people's accounts mean here."""

from sqlalchemy.ext.asyncio import AsyncSession

from libs.events.user import AccountRegistered, ProfileChanged, RoleChanged
from session_service.people import repository
from session_service.people.models import Person


async def on_account_registered(session: AsyncSession, event: AccountRegistered) -> None:
    """Keeps a copy of the name and the zone."""
    await _keep(session, event)


async def on_profile_changed(session: AsyncSession, event: ProfileChanged) -> None:
    """Brings the copy up to date."""
    await _keep(session, event)


async def on_role_changed(session: AsyncSession, event: RoleChanged) -> None:
    """Brings the role up to date."""
    await repository.set_role(session, event.account_id, event.role, event.revision)


async def _keep(session: AsyncSession, event: AccountRegistered | ProfileChanged) -> None:
    person = Person(
        account_id=event.account_id,
        user_code=event.user_code,
        name=event.name,
        zone=event.zone,
        role=event.role,
        revision=event.revision,
    )
    await repository.save(session, person)
