"""What a block, its end and a new role change here."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from libs.clock import SystemClock
from libs.events.session import MembershipRequested
from libs.events.user import RoleChanged
from libs.ids import new_id
from libs.mongo import Mongo
from notification_service.devices import service as devices
from notification_service.devices.schemas import DeviceRegister
from notification_service.people import repository as people
from notification_service.push import service
from notification_service.push.errors import ProviderBusy
from notification_service.push.fcm_gateway import FcmGateway
from notification_service.push.schemas import SendPush
from notification_service.settings import Settings
from tests.notification_service.world import (
    Class,
    Provider,
    blocked,
    documents,
    from_kafka,
    handle,
    registered,
    unblocked,
)


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[FcmGateway]:
    """The real SDK, pointed at the stand-in."""
    opened = FcmGateway(settings.fcm_project, settings.fcm_url, settings.fcm_credentials)
    yield opened
    await opened.close()


async def make_tutor(mongo: Mongo) -> UUID:
    """A tutor with one device."""
    tutor = new_id()
    await handle(mongo, [from_kafka(registered(tutor, "tutor"))])
    wanted = DeviceRegister(installation_id="installation-1", token="token-1-x", platform="web")
    await mongo.run(lambda s: devices.register(s, tutor, wanted, SystemClock().now()))
    return tutor


async def asked(mongo: Mongo, tutor: UUID) -> SendPush:
    """A student asks the tutor to join: the job of the push."""
    joined = Class.new().joined(new_id()).model_dump() | {"tutor_id": tutor}
    await asyncio.sleep(0.002)  # times are kept in milliseconds
    await handle(mongo, [from_kafka(MembershipRequested(**joined))])
    letters = await documents(mongo, "outbox", destination="celery")
    return SendPush.model_validate_json(max(letters, key=lambda one: one["_id"])["body"])


async def send(mongo: Mongo, gateway: FcmGateway, job: SendPush) -> str:
    """Sends as the job does; how the delivery stands then."""
    await service.send(mongo.outside, gateway, job, SystemClock().now())
    key = f"{job.notification_id}/{job.device_id}"
    [delivery] = await documents(mongo, "deliveries", _id=key)
    return str(delivery["state"])


async def test_u_a4_pending_pushes_of_a_blocked_account_are_dropped(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = await make_tutor(mongo)
    pending = await asked(mongo, tutor)
    await handle(mongo, [from_kafka(blocked(tutor))])
    assert await send(mongo, gateway, pending) == "dropped"
    meanwhile = await asked(mongo, tutor)
    assert await send(mongo, gateway, meanwhile) == "dropped"
    assert provider.tokens() == []
    feed = await documents(mongo, "notifications", account_id=tutor)
    assert [entry["kind"] for entry in feed] == [
        "welcome",
        "join_requested",
        "join_requested",
    ]


async def test_u_a4_a_push_that_waits_for_the_provider_is_dropped_too(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = await make_tutor(mongo)
    job = await asked(mongo, tutor)
    provider.fcm.faults.fail_next = 1
    with pytest.raises(ProviderBusy):
        await send(mongo, gateway, job)
    await handle(mongo, [from_kafka(blocked(tutor)), from_kafka(unblocked(tutor))])
    assert await send(mongo, gateway, job) == "dropped"
    assert provider.tokens() == []


async def test_u_a4_after_the_block_new_pushes_go_out(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = await make_tutor(mongo)
    await handle(mongo, [from_kafka(blocked(tutor)), from_kafka(unblocked(tutor))])
    assert await send(mongo, gateway, await asked(mongo, tutor)) == "sent"
    assert provider.tokens() == ["token-1-x"]


async def test_old_news_of_a_block_is_ignored(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = await make_tutor(mongo)
    await handle(mongo, [from_kafka(blocked(tutor, 4)), from_kafka(unblocked(tutor, 5))])
    await handle(mongo, [from_kafka(blocked(tutor, 2)), from_kafka(unblocked(tutor, 3))])
    assert await send(mongo, gateway, await asked(mongo, tutor)) == "sent"


async def test_a_block_of_one_account_is_not_anothers(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = await make_tutor(mongo)
    await handle(mongo, [from_kafka(blocked(new_id()))])
    assert await send(mongo, gateway, await asked(mongo, tutor)) == "sent"


@pytest.mark.parametrize(("role", "told"), [("admin", 1), ("tutor", 0)])
async def test_u5_who_becomes_admin_is_told_what_admins_are(
    mongo: Mongo, role: str, told: int
) -> None:
    person, old_admin = new_id(), new_id()
    await handle(
        mongo, [from_kafka(registered(person)), from_kafka(registered(old_admin, "admin"))]
    )
    changes = [
        RoleChanged(
            account_id=one, user_code="TESTX-1A2B3C4", old_role=old, role=new,
            changed_at=SystemClock().now(), revision=2,
        )
        for one, old, new in ((person, "student", role), (old_admin, "admin", "student"))
    ]  # fmt: skip
    await handle(mongo, [from_kafka(change) for change in changes])
    await handle(mongo, [from_kafka(Class.new().created())])
    for one, count in ((person, told), (old_admin, 0)):
        found = await documents(
            mongo, "notifications", account_id=one, kind="class_awaits_approval"
        )
        assert len(found) == count
    known = (await mongo.run(lambda s: people.find_many(s, [person])))[person]
    assert (known.role, known.revision) == (role, 2)
