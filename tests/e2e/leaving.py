"""A person leaves the platform for good, while processes are killed that work on it."""

from typing import Any
from uuid import UUID

from deploy.demo.client import Person
from libs.ids import new_id
from tests.e2e.conftest import Platform
from tests.e2e.stores import Stores
from tests.stack import eventually

USERS = "/api/user-service/v1"
VICTIMS = ("message_service-background", "session_service-background",
           "notification_service-background")  # fmt: skip
PATIENCE = 240.0
"""A job that has lost its worker is sent again after two minutes, at the next sweep."""


async def leave(
    stores: Stores, platform: Platform, admin: Person, person: Person, *, kill: bool
) -> dict[str, Any]:
    """Wishes to be erased, lets two weeks pass, and waits until all services have confirmed: the
    report. With `kill`, consumers die before and after the event, the worker in the middle.
    """
    wish = await person.call("POST", f"{USERS}/me/erasure", {"password": person.password})
    erasure_id = UUID(wish["id"])
    if kill:
        await _kill_all(platform)
    await stores.rows("USER", "UPDATE erasures SET due_at = now() WHERE id = $1", erasure_id)
    if kill:
        await _kill_the_worker(stores, platform, person, erasure_id)
    else:
        await _run(stores, "user.erasures.erase_due")

    async def erased() -> bool:
        return await is_erased(stores, erasure_id)

    async def finished() -> dict[str, Any] | None:
        shown = await admin.call("GET", f"{USERS}/admin/erasures/{erasure_id}")
        return dict(shown) if shown["finished_at"] else None

    await eventually(erased, PATIENCE)
    if kill:
        await _kill_all(platform)
    found: dict[str, Any] = await eventually(finished, PATIENCE)
    return found


async def _kill_all(platform: Platform) -> None:
    for victim in VICTIMS:
        await platform.kill(victim)


async def _kill_the_worker(
    stores: Stores, platform: Platform, person: Person, erasure_id: UUID
) -> None:
    """While it erases, held up at one of the person's rows; nothing is erased then."""
    async with stores.held("USER", "profiles", UUID(person.id)) as is_waited_for:
        await _run(stores, "user.erasures.erase_due")
        await eventually(is_waited_for)
        await platform.kill("celery")
        assert not await is_erased(stores, erasure_id)


async def is_erased(stores: Stores, erasure_id: UUID) -> bool:
    """Whether user_service has erased what it holds."""
    [row] = await stores.rows("USER", "SELECT erased_at FROM erasures WHERE id = $1", erasure_id)
    return row["erased_at"] is not None


async def _run(stores: Stores, job: str) -> None:
    """Lets a job of user_service run now instead of when it is due by the schedule."""
    await stores.rows(
        "USER",
        "INSERT INTO outbox (id, destination, address, key, shard, body, created_at, due_at) "
        "VALUES ($1::uuid, 'celery', $2, $2, 0, '{}', now(), now())", new_id(), job,
    )  # fmt: skip
