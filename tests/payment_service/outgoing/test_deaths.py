"""Who dies while a webhook is sent sends it again, with the same id; nothing overtakes it (P22)."""

import pytest

from payment_service.deliveries import endpoint_gateway
from tests.payment_service.outgoing.office import Office
from tests.payment_service.outgoing.receiver import Receiver

POINTS = ("deliveries.before_send", "deliveries.after_send")


class Died(BaseException):
    """Stands for the end of the process: no handler of errors catches it."""


@pytest.mark.parametrize(("point", "arrived"), [(POINTS[0], []), (POINTS[1], [1])])
async def test_p22_a_death_around_a_call_repeats_it_with_the_same_id(
    point: str,
    arrived: list[int],
    office: Office,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await office.register(receiver)
    await office.credit(1, 2)

    async def die(name: str) -> None:
        if name == point:
            raise Died

    monkeypatch.setattr(endpoint_gateway, "reach", die)
    with pytest.raises(Died):
        await office.deliverer.settle()
    await office.deliverer.close()  # as its connection, with all locks, ends with the process
    monkeypatch.undo()
    assert receiver.numbers == arrived
    assert await office.states() == ["waiting", "waiting"]
    survivor = office.another()
    await survivor.settle()
    await survivor.close()
    assert receiver.numbers == [*arrived, 1, 2]
    ids = [one.headers["webhook-id"] for one in receiver.came]
    assert ids == [ids[0]] * (len(arrived) + 1) + [ids[-1]]
    assert ids[0] != ids[-1]
    assert [one.attempts for one in await office.deliveries()] == [2, 1]
