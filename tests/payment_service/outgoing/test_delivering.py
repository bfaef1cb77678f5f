"""Webhooks arrive signed, in order, and again until somebody answers (P22)."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError

from libs.errors import Unavailable
from payment_service.deliveries import jobs
from payment_service.deliveries.deliverer import BURST
from payment_service.deliveries.jobs import TrimDeliveries
from payment_service.deliveries.service import DELAYS
from tests.payment_service.outgoing.office import Office
from tests.payment_service.outgoing.receiver import Receiver, receiving
from tests.payment_service.outgoing.test_endpoints import told
from tests.statements import statements


async def move(office: Office, seconds: float) -> None:
    """Lets time pass, and sends what is due then."""
    office.clock.move(timedelta(seconds=seconds))
    await office.deliverer.settle()


async def published(office: Office) -> list[str]:
    """The types of what the service has published."""
    async with office.database.transaction() as session:
        rows = await session.scalars(text("SELECT body::json ->> 'type' FROM outbox ORDER BY seq"))
        return list(rows)


async def test_p22_a_webhook_is_signed_by_the_standard(office: Office, receiver: Receiver) -> None:
    made = await office.register(receiver)
    await office.credit(7)
    await office.deliverer.settle()
    [came] = receiver.came
    assert came.line == "POST /hook HTTP/1.1"
    assert came.headers["content-type"] == "application/json"
    assert came.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert came.headers["webhook-timestamp"] == str(int(office.clock.now().timestamp()))
    assert Webhook(made["secret"]).verify(came.body, came.headers)["data"]["amount"] == 7
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(came.body.replace(b"7", b"8"), came.headers)
    [kept] = await office.deliveries()
    assert (kept.state, kept.attempts, kept.status_code, kept.failure) == (
        "delivered",
        1,
        204,
        None,
    )
    assert (await office.endpoint()).due_at is None


async def test_p22_a_rotated_secret_signs_beside_the_former_for_a_day(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    rotated = (await office.ask("POST", f"/{made['id']}/secret")).json()
    until = office.clock.now() + timedelta(hours=24)
    assert rotated["former_secret_until"] == until.isoformat().replace("+00:00", "Z")
    assert rotated["secret"] != made["secret"]
    await office.credit(1)
    await office.deliverer.settle()
    for secret in (made["secret"], rotated["secret"]):
        Webhook(secret).verify(receiver.came[0].body, receiver.came[0].headers)
    await office.credit(2)
    await move(office, 24 * 3_600)
    assert [one.headers["webhook-signature"].count("v1,") for one in receiver.came] == [2, 1]


async def test_p22_the_first_holds_the_others_back_and_repeats_keep_their_id(
    office: Office, receiver: Receiver
) -> None:
    await office.register(receiver)
    receiver.answers = [500, 0, 302]
    receiver.more = f"location: {receiver.url}\r\n"
    await office.credit(1, 2, 3)
    await office.deliverer.settle()
    kept = (await office.deliveries())[0]
    assert (kept.status_code, kept.failure) == (500, "status")
    assert (await office.endpoint()).due_at == office.clock.now() + timedelta(seconds=DELAYS[0])
    await move(office, DELAYS[0] - 1)
    assert len(receiver.came) == 1
    await move(office, 1)
    kept = (await office.deliveries())[0]
    assert (kept.status_code, kept.failure, kept.attempts) == (None, "protocol", 2)
    await move(office, DELAYS[1])
    assert (await office.deliveries())[0].status_code == 302
    assert (await office.endpoint()).failures == 3
    await move(office, DELAYS[2])
    assert receiver.numbers == [1, 1, 1, 1, 2, 3]
    assert len({one.headers["webhook-id"] for one in receiver.came[:4]}) == 1
    assert len({one.headers["webhook-timestamp"] for one in receiver.came[:4]}) == 4
    assert await office.states() == ["delivered"] * 3
    assert (await office.endpoint()).failures == 0


async def test_p22_who_never_answers_is_switched_off_and_goes_on_where_it_stopped(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    receiver.usual = 503
    await office.credit(1, 2)
    await office.deliverer.settle()
    for delay in DELAYS:
        assert (await office.endpoint()).enabled
        assert await published(office) == []
        await move(office, delay)
    off = await office.endpoint()
    assert (off.enabled, off.disabled_reason, off.failures) == (False, "failing", len(DELAYS) + 1)
    assert await published(office) == ["studyzed.webhook_endpoint.disabled"]
    await office.credit(3)
    await move(office, 100_000)
    assert receiver.numbers == [1] * (len(DELAYS) + 1)
    receiver.usual = 200
    on = await office.ask("PATCH", f"/{made['id']}", json={"enabled": True})
    assert (on.json()["enabled"], on.json()["failures"], on.json()["disabled_reason"]) == (
        True, 0, None,
    )  # fmt: skip
    await office.deliverer.settle()
    assert receiver.numbers[len(DELAYS) + 1 :] == [1, 2, 3]


async def test_p22_gone_is_gone_at_once_and_what_waits_can_be_skipped(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    receiver.answers = [410]
    await office.credit(1, 2)
    await office.deliverer.settle()
    off = await office.endpoint()
    assert (off.enabled, off.disabled_reason) == (False, "gone")
    assert await published(office) == ["studyzed.webhook_endpoint.disabled"]
    skipped = await office.ask("POST", f"/{made['id']}/deliveries/skip")
    assert skipped.json() == {"skipped": 2}
    await office.ask("PATCH", f"/{made['id']}", json={"enabled": True})
    await office.credit(3)
    await office.deliverer.settle()
    assert receiver.numbers == [1, 3]
    assert await office.states() == ["skipped", "skipped", "delivered"]


async def test_p22_a_slow_one_is_cut_off_and_holds_up_nobody_else(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    receiver.takes = 3.0
    async with receiving() as other:
        await office.register(other)
        await office.credit(1, 2)
        await office.deliverer.settle()
        assert other.numbers == [1, 2]
    assert receiver.numbers == [1]
    kept = [one for one in await office.deliveries() if str(one.endpoint_id) == made["id"]]
    assert [(one.state, one.failure, one.status_code) for one in kept] == [
        ("waiting", "timeout", None), ("waiting", None, None),
    ]  # fmt: skip


async def test_p22_two_processes_never_send_at_once_or_out_of_order(
    office: Office, receiver: Receiver
) -> None:
    await office.register(receiver)
    receiver.takes = 0.01
    amounts = list(range(1, 2 * BURST + 5))
    await office.credit(*amounts)
    others = [office.another() for _ in range(3)]
    await asyncio.gather(office.deliverer.settle(), *(one.settle() for one in others))
    assert receiver.numbers == amounts
    assert receiver.most_at_once == 1
    for one in others:
        await one.close()


async def test_p22_who_has_lost_the_lock_sends_nothing(office: Office, receiver: Receiver) -> None:
    await office.register(receiver)
    await office.credit(1, 2)
    locks = office.deliverer._locks
    endpoint = await office.endpoint()
    token = await locks.take(endpoint.id)
    assert token is not None
    second = office.another()
    assert await second._locks.take(endpoint.id) is None
    backend = await token.fetchval("SELECT pg_backend_pid()")
    superuser = await asyncpg.connect(office.stack.servers.postgres_superuser_url)
    await superuser.execute("SELECT pg_terminate_backend($1)", backend)
    await superuser.close()
    with pytest.raises(Unavailable):
        await locks.prove(token)
    await locks.drop(endpoint.id, token)
    await second.settle()
    assert receiver.numbers == [1, 2]
    await second.close()


@pytest.mark.parametrize("act", ["skip", "remove", "switch off"])
async def test_p22_what_an_owner_does_while_a_call_runs_holds(
    act: str, office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    await office.credit(1, 2)
    receiver.takes = 0.3
    sending = asyncio.create_task(office.deliverer.settle())
    await receiver.asked.wait()
    one = f"/{made['id']}"
    if act == "skip":
        assert (await office.ask("POST", f"{one}/deliveries/skip")).json() == {"skipped": 2}
    elif act == "remove":
        assert (await office.ask("DELETE", one)).status_code == 204
    else:
        await office.ask("PATCH", one, json={"enabled": False})
    await sending
    assert receiver.numbers == [1]
    left = {"skip": ["skipped"] * 2, "remove": [], "switch off": ["delivered", "waiting"]}
    assert await office.states() == left[act]


@pytest.mark.parametrize("seed", range(6))
async def test_p22_whatever_goes_wrong_each_arrives_in_order(
    seed: int, office: Office, receiver: Receiver
) -> None:
    """Receivers that fail in any manner, several processes, events between the tries."""
    chance = Random(seed)
    made = await office.register(receiver)
    receiver.answers = [chance.choice([204, 200, 500, 0, 404, 410, 302]) for _ in range(40)]
    answered = list(receiver.answers)
    second = office.another()
    for number in range(1, 13):
        await office.credit(number)
        await asyncio.gather(office.deliverer.settle(), second.settle())
        office.clock.move(timedelta(seconds=chance.choice([0, 1, 60, 50_400])))
        if not (await office.endpoint()).enabled:
            await office.ask("PATCH", f"/{made['id']}", json={"enabled": True})
    for _ in range(60):
        await move(office, 50_400)
        if not (await office.endpoint()).enabled:
            await office.ask("PATCH", f"/{made['id']}", json={"enabled": True})
    await second.close()
    answered += [204] * len(receiver.came)
    taken = [
        n for n, status in zip(receiver.numbers, answered, strict=False) if status in (200, 204)
    ]
    assert taken == list(range(1, 13))
    assert receiver.numbers == sorted(receiver.numbers)
    assert await office.states() == ["delivered"] * 12


async def test_p22_a_fault_of_ours_keeps_nobody_else_from_their_turn(
    office: Office, receiver: Receiver
) -> None:
    """As when the service's own secret was changed."""
    made = await office.register(receiver)
    async with office.database.transaction() as session:
        await session.execute(text("UPDATE webhook_endpoints SET secret = url"))
    await office.register(receiver)
    await office.credit(1)
    await office.deliverer.settle()
    assert receiver.numbers == [1]
    assert sorted(await office.states()) == ["delivered", "waiting"]
    await office.ask("POST", f"/{made['id']}/secret")
    await move(office, 299)
    assert receiver.numbers == [1]
    await move(office, 1)
    assert receiver.numbers == [1, 1]


async def test_p22_deliveries_are_listed_and_one_is_sent_again(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    await office.credit(1, 2)
    path = f"/{made['id']}/deliveries"
    waiting = (await office.ask("GET", path)).json()["items"][1]
    again = f"{path}/{waiting['id']}/resend"
    assert told(await office.ask("POST", again)) == (409, "webhook_delivery_waiting")
    await office.deliverer.settle()
    with statements() as sent:
        answer = await office.ask("GET", f"{path}?limit=1")
    assert len(sent) == 2
    [second] = answer.json()["items"]
    now = office.clock.now().isoformat().replace("+00:00", "Z")
    assert second == {
        "id": second["id"], "webhook_id": receiver.came[1].headers["webhook-id"], "sequence": 2,
        "type": "wallet.credited", "state": "delivered", "attempts": 1, "status_code": 204,
        "failure": None, "created_at": now, "tried_at": now, "ended_at": now,
    }  # fmt: skip
    repeated = await office.ask("POST", again)
    assert (repeated.status_code, repeated.json()["sequence"]) == (202, 3)
    await office.deliverer.settle()
    assert receiver.numbers == [1, 2, 1]
    ids = [one.headers["webhook-id"] for one in receiver.came]
    assert ids[0] == ids[2] != ids[1]


async def test_p22_who_asks_five_times_at_once_gets_one_repeat(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    await office.credit(1)
    await office.deliverer.settle()
    [kept] = await office.deliveries()
    again = f"/{made['id']}/deliveries/{kept.id}/resend"
    answers = await asyncio.gather(*(office.ask("POST", again) for _ in range(5)))
    assert sorted(one.status_code for one in answers) == [202, 409, 409, 409, 409]
    await office.deliverer.settle()
    assert receiver.numbers == [1, 1]


async def test_p22_a_ping_arrives(office: Office, receiver: Receiver) -> None:
    made = await office.register(receiver)
    asked = await office.ask("POST", f"/{made['id']}/ping")
    assert (asked.status_code, asked.json()["type"]) == (202, "webhook_endpoint.ping")
    await office.deliverer.settle()
    [came] = receiver.came
    assert came.data["data"] == {"webhook_endpoint_id": made["id"]}
    assert came.headers["webhook-id"] == asked.json()["webhook_id"]


async def test_p22_bodies_go_after_30_days_and_rows_after_a_year(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    await office.credit(1)
    await office.deliverer.settle()
    await office.ask("PATCH", f"/{made['id']}", json={"enabled": False})
    await office.credit(2)
    path = f"/{made['id']}/deliveries"

    async def trimmed(**by: Any) -> list[tuple[str, bool]]:
        office.clock.move(timedelta(**by))
        await jobs.trim(office.database, TrimDeliveries())
        return [(one.state, one.body is not None) for one in await office.deliveries()]

    assert await trimmed(days=30) == [("delivered", True), ("waiting", True)]
    assert await trimmed(seconds=1) == [("delivered", False), ("skipped", False)]
    first = (await office.ask("GET", path)).json()["items"][1]["id"]
    await office.ask("PATCH", f"/{made['id']}", json={"enabled": True})
    gone = await office.ask("POST", f"{path}/{first}/resend")
    assert told(gone) == (409, "webhook_body_gone")
    assert await trimmed(days=335) == [("skipped", False)]
    assert await trimmed(days=30, seconds=1) == []
