"""A client of the broker that has died inside is replaced.

uvloop raises `RuntimeError` for a write to a connection that has broken in this very moment; here
every such write is one by order.
"""

import asyncio
from collections import Counter
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaTimeoutError

from libs import kafka
from libs.errors import Unavailable
from libs.kafka import Producer
from tests.libs.parts import Changed, Parts, at_work
from tests.libs.test_consumer import consumer, has
from tests.libs.test_relay import drained, message
from tests.stack import eventually

HANDLER_IS_CLOSED = RuntimeError("unable to perform operation on <TCPTransport>")
Orders = Counter[tuple[str, bool]]
"""How many requests of a kind are to fail, by the name of its class and whether of a producer."""


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> Orders:
    """Whose requests are to fail."""
    made: Orders = Counter()
    real = AIOKafkaConnection.send

    def send(connection: Any, request: Any, expect_response: bool = True) -> Any:
        order = (type(request).__name__, "producer" in connection._client_id)
        if made[order]:
            made[order] -= 1
            raise HANDLER_IS_CLOSED
        return real(connection, request, expect_response=expect_response)

    monkeypatch.setattr(AIOKafkaConnection, "send", send)
    return made


async def carried_out(orders: Orders) -> bool:
    return not orders.total()


@pytest.mark.parametrize("kind", ["MetadataRequest", "FetchRequest"])
async def test_a_consumer_goes_on_with_a_new_client(
    kind: str, parts: Parts, orders: Orders
) -> None:
    made = consumer(parts)
    async with at_work(made):
        await parts.send(Changed(name="a", revision=1))
        await eventually(lambda: has(parts, 1), seconds=30)
        broken = made._consumer
        orders[kind, False] = 1
        await eventually(lambda: carried_out(orders), seconds=30)

        async def replaced() -> bool:
            return made.ready and made._consumer is not broken

        await eventually(replaced, seconds=30)
        await parts.send(Changed(name="a", revision=2))
        await eventually(lambda: has(parts, 2), seconds=30)
    assert await parts.effects() == [("a", 1), ("a", 2)]


async def test_a_relay_goes_on_with_a_new_producer(parts: Parts, orders: Orders) -> None:
    async with at_work(parts.relay()):
        await parts.change("a")
        await eventually(lambda: drained(parts))
        orders["ProduceRequest", True] = 1
        await parts.change("a")
        await eventually(lambda: carried_out(orders), seconds=30)
        await eventually(lambda: drained(parts), seconds=30)
    assert [event.revision for event in await parts.events()] == [1, 2]


async def test_a_producer_that_lost_its_metadata_is_replaced(parts: Parts, orders: Orders) -> None:
    await parts.producer.ping()
    broken = parts.producer._producer
    orders["MetadataRequest", True] = 1
    with pytest.raises(Unavailable):
        await parts.producer.ping()  # this question is the one that fails
    with pytest.raises(Unavailable):
        await parts.producer.ping()
    await parts.producer.ping()
    assert parts.producer._producer is not broken
    await parts.send(Changed(name="a", revision=1))


async def test_a_producer_is_closed_whatever_its_last_request_raises(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka drops a connection in one task while another still waits for it: a `KeyError`."""
    monkeypatch.setattr(kafka, "REQUEST_TIMEOUT_MS", 1_000)
    monkeypatch.setattr(kafka, "STOP_SECONDS", 0.1)
    producer = Producer(parts.settings)
    await producer.ping()
    made = producer._producer
    assert made is not None
    real, let_go = made.client.send, asyncio.Event()

    async def send(node: int, request: Any, **options: Any) -> Any:
        if type(request).__name__ != "ProduceRequest":
            return await real(node, request, **options)
        await let_go.wait()
        raise KeyError((node, "default"))

    monkeypatch.setattr(made.client, "send", send)
    [error] = await producer.send_all([message("a", 1)])
    assert isinstance(error, KafkaTimeoutError)
    let_go.set()

    async def closed() -> bool:
        return made.client._sync_task is None and made._closed is True

    await eventually(closed)
    assert await producer.send_all([message("a", 2)]) == [None]
    await producer.stop()
