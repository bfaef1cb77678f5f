"""The list of one's devices, signing them out, and what their owner hears of."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from libs.ids import new_id
from tests.locks import IS_WAITED_FOR
from tests.stack import eventually
from tests.user_service.world import PERSON, Person, World
from user_service.accounts import repository as accounts
from user_service.admin import repository as admin_repository
from user_service.logins import devices, revocations
from user_service.logins.service import end_all

PHONE, LAPTOP = str(new_id()), str(new_id())


async def sign_in(world: World, device: str, device_id: str, **other: Any) -> Person:
    return await world.sign_in(
        "asha_rao", PERSON["password"], device=device, device_id=device_id, **other
    )


async def listed(world: World, person: Person) -> list[dict[str, Any]]:
    answer = await world.client.get("/v1/logins", headers=person.headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def revoked(world: World) -> set[str]:
    return set(await revocations.wanted(world.parts.database, world.clock.now()))


def told(world: World) -> list[str]:
    return [mail.subject for mail in world.mailer.mails]


NEWS = "New sign-in to your StudyZed account"


async def test_u_a3_one_lists_ones_own_living_logins(world: World) -> None:
    await world.sign_up()
    started = world.clock.now()
    other = await world.sign_up("b@example.org", username="bela_das")
    phone = await sign_in(world, "Asha's phone", PHONE)
    world.clock.move(timedelta(minutes=3))
    await world.client.post(
        "/v1/logins/refresh", json={"refresh_token": phone.login["refresh_token"]}
    )
    newest, oldest = await listed(world, phone)
    assert newest == {
        "id": newest["id"], "device": "Asha's phone", "network": "127.0.0.0/24", "current": True,
        "created_at": started.isoformat().replace("+00:00", "Z"),
        "last_used_at": world.clock.now().isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    assert (oldest["device"], oldest["current"]) == ("unknown device", False)
    assert {item["id"] for item in await listed(world, other)}.isdisjoint(
        {newest["id"], oldest["id"]}
    )


async def test_u_a3_remote_sign_out_ends_one_device(world: World) -> None:
    phone = await world.sign_up()
    laptop = await sign_in(world, "laptop", LAPTOP)
    [target] = [one["id"] for one in await listed(world, laptop) if not one["current"]]
    gone = await world.client.delete(f"/v1/logins/{target}", headers=laptop.headers)
    assert gone.status_code == 204
    assert [one["device"] for one in await listed(world, laptop)] == ["laptop"]
    token = {"refresh_token": phone.login["refresh_token"]}
    assert (await world.client.post("/v1/logins/refresh", json=token)).status_code == 401
    assert await revoked(world) == {f"login:{target}"}
    again = await world.client.delete(f"/v1/logins/{target}", headers=laptop.headers)
    assert (again.status_code, again.json()["code"]) == (404, "login_not_found")
    assert [action for (action,) in await world.rows("SELECT action FROM audit_entries")] == [
        "login.ended"
    ]


async def test_u_a3_nobody_ends_a_foreign_login(world: World) -> None:
    asha = await world.sign_up()
    bela = await world.sign_up("b@example.org", username="bela_das")
    [target] = [one["id"] for one in await listed(world, asha)]
    answer = await world.client.delete(f"/v1/logins/{target}", headers=bela.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "login_not_found")
    assert len(await listed(world, asha)) == 1


async def test_u_a3_sign_out_everywhere_else(world: World) -> None:
    await world.sign_up()
    await sign_in(world, "laptop", LAPTOP)
    phone = await sign_in(world, "phone", PHONE)
    bela = await world.sign_up("b@example.org", username="bela_das")
    answer = await world.client.delete("/v1/logins/others", headers=phone.headers)
    assert answer.status_code == 204
    assert [one["device"] for one in await listed(world, phone)] == ["phone"]
    assert len(await revoked(world)) == 2
    assert len(await listed(world, bela)) == 1


async def test_end_all_leaves_out_one_and_rolls_back_with_its_caller(world: World) -> None:
    asha = await world.sign_up()
    await sign_in(world, "laptop", LAPTOP)
    now = world.clock.now()

    async def fail(session: AsyncSession) -> None:
        assert await end_all(session, asha.id, now) == 2
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await world.parts.database.run(fail)
    assert await revoked(world) == set()
    async with world.parts.database.transaction() as session:
        assert await end_all(session, asha.id, now) == 2
    async with world.parts.database.transaction() as session:
        assert await end_all(session, asha.id, now) == 0
    assert len(await revoked(world)) == 2


async def test_a_login_that_starts_beside_end_all_is_not_overlooked(world: World) -> None:
    """Held back by the account's lock, it starts afterwards; the others are ended."""
    asha = await world.sign_up()
    async with world.parts.database.transaction() as session:
        await end_all(session, asha.id, world.clock.now())
        late = asyncio.create_task(sign_in(world, "laptop", LAPTOP))
        await eventually(lambda: session.scalar(text(IS_WAITED_FOR)))
    started = await late
    assert [one["device"] for one in await listed(world, started)] == ["laptop"]


async def waits_for_a_lock(world: World, request: "asyncio.Task[Any]") -> None:
    """Until a request waits for somebody's row, or is done."""

    async def waiting() -> bool:
        rows = await world.rows(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND datname = current_database()"
        )
        return request.done() or bool(rows)

    assert await eventually(waiting, 5)


async def test_u_a3_reuse_beside_an_admins_act_does_not_hang(world: World) -> None:
    """An admin has locked the account, somebody uses a stolen token, the admin ends all logins."""
    asha, admin = await world.sign_up(), await world.admin()
    body = {"refresh_token": asha.login["refresh_token"]}
    assert (await world.client.post("/v1/logins/refresh", json=body)).status_code == 200
    world.clock.move(timedelta(seconds=31))
    async with world.parts.database.transaction() as session:
        await admin_repository.lock(session, admin.id, asha.id)
        reuse = asyncio.create_task(world.client.post("/v1/logins/refresh", json=body))
        await waits_for_a_lock(world, reuse)
        await end_all(session, asha.id, world.clock.now())
    assert (await reuse).status_code == 401
    assert await world.rows("SELECT 1 FROM logins WHERE account_id = :id AND revoked_at IS NULL",
                            id=asha.id) == []  # fmt: skip


@pytest.mark.parametrize("ending", ["reuse", "from afar"])
async def test_u_a3_two_endings_of_one_devices_logins_do_not_hang(
    world: World, ending: str
) -> None:
    """`end_all` has got to one login of a device when another one of it is ended."""
    asha = await world.sign_up()
    phone, _ = [await sign_in(world, "phone", PHONE) for _ in range(2)]
    body = {"refresh_token": phone.login["refresh_token"]}
    await world.client.post("/v1/logins/refresh", json=body)
    world.clock.move(timedelta(seconds=31))
    first, last = await world.rows("SELECT id FROM logins WHERE device = 'phone' ORDER BY id")
    async with world.parts.database.transaction() as session:
        await accounts.lock(session, asha.id)
        await session.execute(
            text("UPDATE logins SET network = network WHERE id = :id"), {"id": last.id}
        )
        request = (
            world.client.post("/v1/logins/refresh", json=body)
            if ending == "reuse"
            else world.client.delete(f"/v1/logins/{first.id}", headers=asha.headers)
        )
        other = asyncio.create_task(request)
        await waits_for_a_lock(world, other)
        await end_all(session, asha.id, world.clock.now())
    answer = await other
    assert answer.status_code == (401 if ending == "reuse" else 404)


async def test_u_a3_the_owner_hears_of_a_new_device_once(world: World) -> None:
    await world.sign_up()
    await world.run_jobs()
    assert NEWS not in told(world)  # right after the sign-up it is no news
    await sign_in(world, "phone", PHONE)
    await world.run_jobs()
    assert told(world).count(NEWS) == 1
    mail = world.mailer.mails[-1]
    assert mail.to == "asha@example.org"
    assert "phone, network 127.0.0.0/24, on " in mail.text
    await sign_in(world, "phone, renamed", PHONE)
    await sign_in(world, "unknown device", LAPTOP)
    await world.run_jobs()
    assert told(world).count(NEWS) == 2


async def test_a_client_without_device_id_is_known_by_name_and_network(world: World) -> None:
    await world.sign_up()
    await world.sign_in("asha_rao", PERSON["password"])
    await world.run_jobs()
    assert NEWS not in told(world)
    await world.sign_in("asha_rao", PERSON["password"], device="another")
    await world.run_jobs()
    assert told(world).count(NEWS) == 1


async def test_first_login_of_an_old_account_is_news(world: World) -> None:
    world.clock.move(timedelta(days=1))
    await world.admin()
    await world.run_jobs()
    assert told(world) == [NEWS]


async def test_a_device_that_was_signed_out_from_afar_is_new_again(world: World) -> None:
    asha = await world.sign_up()
    phone = await sign_in(world, "phone", PHONE)
    [target] = [one["id"] for one in await listed(world, phone) if one["current"]]
    await world.client.delete(f"/v1/logins/{target}", headers=asha.headers)
    await sign_in(world, "phone", PHONE, device_token=phone.login["device_token"])
    await world.run_jobs()
    assert told(world).count(NEWS) == 2


async def test_a_device_token_names_the_device_of_its_account_only(world: World) -> None:
    asha = await world.sign_up()
    bela = await world.sign_up("b@example.org", username="bela_das")
    token, device_id = asha.login["device_token"], asha.login["device_id"]
    again = await world.sign_in("asha_rao", PERSON["password"], device="x", device_token=token)
    assert again.login["device_id"] == device_id
    foreign = await world.sign_in("bela_das", PERSON["password"], device="x", device_token=token)
    assert foreign.login["device_id"] != device_id
    assert devices.read(world.parts.settings.key_secret.get_secret_value(), token, bela.id) is None


@pytest.mark.parametrize("token", [None, "", "x", "é", "A" * 86, "A" * 200])
def test_forged_device_token_is_none(token: str | None) -> None:
    assert devices.read("secret", token, UUID(int=0)) is None


async def test_u_a3_reuse_tells_the_owner_and_is_recorded(world: World) -> None:
    asha = await world.sign_up()
    first = {"refresh_token": asha.login["refresh_token"]}
    await world.client.post("/v1/logins/refresh", json=first)
    world.clock.move(timedelta(seconds=31))
    assert (await world.client.post("/v1/logins/refresh", json=first)).status_code == 401
    assert (await world.client.post("/v1/logins/refresh", json=first)).status_code == 401
    await world.run_jobs()
    assert told(world).count("We signed one of your devices out") == 1
    entries = await world.rows("SELECT action, subject_id, actor_id FROM audit_entries")
    assert [tuple(entry) for entry in entries] == [("login.reused", asha.id, None)]


async def test_what_another_account_signed_in_on_is_no_known_device(world: World) -> None:
    await world.sign_up()
    await world.sign_up("b@example.org", username="bela_das")
    await world.sign_in("bela_das", PERSON["password"], device="phone", device_id=PHONE)
    await world.run_jobs()
    assert told(world).count(NEWS) == 1
    await sign_in(world, "phone", PHONE)
    await world.run_jobs()
    assert told(world).count(NEWS) == 2


async def test_a_client_without_device_id_is_new_again_once_it_was_signed_out(
    world: World,
) -> None:
    await world.sign_up()
    phone = await sign_in(world, "phone", PHONE)
    answer = await world.client.delete("/v1/logins/others", headers=phone.headers)
    assert answer.status_code == 204
    await world.run_jobs()
    before = told(world).count(NEWS)
    await world.sign_in("asha_rao", PERSON["password"])
    await world.run_jobs()
    assert told(world).count(NEWS) == before + 1
