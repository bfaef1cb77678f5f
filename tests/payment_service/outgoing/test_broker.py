"""From the money to somebody's server, over the broker (P22)."""

import asyncio

import pytest

from libs import kafka, outbox
from payment_service.background import build
from tests.payment_service.outgoing.office import Office
from tests.payment_service.outgoing.receiver import Receiver
from tests.stack import eventually

pytestmark = pytest.mark.timeout(60)


async def test_p22_what_is_published_is_told_once(office: Office, receiver: Receiver) -> None:
    async def all_came() -> bool:
        return await office.states() == ["delivered"] * 3

    await office.register(receiver)
    topics = ["session.events", "payment.events", "user.events"]
    await kafka.ensure_topics(office.settings, topics)
    async with build(office.settings) as made:
        runs = [made.relay.run(), *(one.run() for one in made.consumers)]
        tasks = [asyncio.create_task(one) for one in runs]
        tasks += [asyncio.create_task(begin()) for begin in made.loops]
        try:
            async with office.database.transaction() as session:
                await outbox.publish(session, *office.credits([1]))
            await receiver.asked.wait()
            async with office.database.transaction() as session:
                await outbox.publish(session, *office.credits([2, 3]))
            await eventually(all_came)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await made.producer.stop()
    assert sorted(receiver.numbers) == [1, 2, 3]
    assert receiver.numbers[0] == 1
