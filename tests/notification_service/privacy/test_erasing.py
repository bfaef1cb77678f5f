"""What an erased account leaves in notification_service, whatever comes late or twice (U-A9)."""

from uuid import UUID

from libs.data_map import FORMER
from libs.events.user import AccountErased
from libs.ids import new_id
from libs.mongo import Mongo
from notification_service.devices import service as devices
from notification_service.devices.schemas import DeviceRegister
from notification_service.privacy import jobs
from notification_service.privacy.schemas import EraseAccount
from tests.notification_service.world import Class, changed, documents, handle, registered


def erased(account_id: UUID, revision: int = 4) -> AccountErased:
    return AccountErased(
        account_id=account_id, erasure_id=new_id(), user_code="TESTX-1A2B3C4", revision=revision
    )


async def with_device(mongo: Mongo, account_id: UUID) -> None:
    name = str(account_id)
    device = DeviceRegister(installation_id=name, token=f"token-{name}", platform="web")
    await mongo.run(lambda s: devices.register(s, account_id, device, mongo.clock.now()))


async def erase(mongo: Mongo, account_id: UUID) -> None:
    await jobs.erase(mongo, EraseAccount(erasure_id=new_id(), account_id=account_id))


async def test_u_a9_no_late_event_brings_a_name_back(mongo: Mongo) -> None:
    student = new_id()
    await handle(mongo, [registered(student, name="Asha Rao")])
    await handle(mongo, [erased(student)])
    late = [registered(student, name="Asha Rao"), changed(student, name="Asha Rao", revision=3)]
    await handle(mongo, late)
    [person] = await documents(mongo, "people", _id=student)
    assert (person["name"], person["role"], person["revision"]) == (FORMER, "former", 4)


async def test_u_a9_an_erased_admin_is_asked_no_more(mongo: Mongo) -> None:
    admin, other = new_id(), new_id()
    await handle(mongo, [registered(admin, "admin"), registered(other, "admin")])
    await handle(mongo, [erased(admin)])
    room = Class.new()
    await handle(mongo, [room.created()])
    told = await documents(mongo, "notifications", kind="class_awaits_approval")
    assert [row["account_id"] for row in told] == [other]


async def test_u_a9_feed_and_devices_go_and_nothing_is_told_any_more(mongo: Mongo) -> None:
    room, student, other = Class.new(), new_id(), new_id()
    for one in (student, other):
        await with_device(mongo, one)
        await handle(mongo, [registered(one), room.joined(one)])
    await handle(mongo, [room.task()])
    assert len(await documents(mongo, "notifications")) == 6
    await handle(mongo, [erased(student)])
    for _ in range(2):
        await erase(mongo, student)
    await handle(mongo, [room.joined(student), room.task()])  # late, and new
    for collection in ("notifications", "devices"):
        rows = await documents(mongo, collection)
        assert {row["account_id"] for row in rows} == {other}
    assert [row["_id"] for row in await documents(mongo, "feeds")] == [other]
    answers = await documents(mongo, "outbox", address="privacy.events")
    assert len(answers) == 2
