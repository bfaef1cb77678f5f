"""Writers that meet share a commit, and each learns what became of its own item."""

import asyncio

import pytest

from libs.group_commit import GroupCommit


class Store:
    """Takes batches, slowly."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def commit(self, items: list[int]) -> list[int | Exception]:
        """Doubles numbers; 13 is refused, and a batch with 666 fails as a whole."""
        await self.gate.wait()
        self.batches.append(items)
        await asyncio.sleep(0.001)
        if 666 in items:
            raise ConnectionError("away")
        return [ValueError("unlucky") if item == 13 else item * 2 for item in items]


async def test_items_that_wait_go_together_in_order() -> None:
    store = Store()
    store.gate.clear()
    group: GroupCommit[int, int] = GroupCommit(store.commit, limit=4)
    waiting = [asyncio.create_task(group.add(n)) for n in range(10)]
    await asyncio.sleep(0)
    store.gate.set()
    assert await asyncio.gather(*waiting) == [n * 2 for n in range(10)]
    assert store.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert not group._waiting
    assert group._task is None


async def test_one_commit_at_a_time() -> None:
    running, most = 0, 0

    async def commit(items: list[int]) -> list[int | Exception]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1
        return list(items)

    group: GroupCommit[int, int] = GroupCommit(commit, limit=3)

    async def later(n: int) -> int:
        await asyncio.sleep(n / 1_000)
        return await group.add(n)

    assert await asyncio.gather(*map(later, range(30))) == list(range(30))
    assert most == 1


async def test_a_refused_item_does_not_touch_its_neighbours() -> None:
    group: GroupCommit[int, int] = GroupCommit(Store().commit)
    results = await asyncio.gather(*(group.add(n) for n in (12, 13, 14)), return_exceptions=True)
    assert results[::2] == [24, 28]
    assert isinstance(results[1], ValueError)


async def test_a_failing_commit_fails_its_batch_only() -> None:
    store = Store()
    group: GroupCommit[int, int] = GroupCommit(store.commit, limit=2)
    adds = (group.add(n) for n in (1, 666, 2, 3))
    results = await asyncio.gather(*adds, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, ConnectionError, int, int]
    assert await group.add(5) == 10


async def test_a_caller_that_goes_away_is_committed_all_the_same() -> None:
    store = Store()
    store.gate.clear()
    group: GroupCommit[int, int] = GroupCommit(store.commit)
    gone = asyncio.create_task(group.add(1))
    stays = asyncio.create_task(group.add(2))
    await asyncio.sleep(0)
    gone.cancel()
    store.gate.set()
    assert await stays == 4
    assert store.batches == [[1, 2]]


async def test_close_waits_for_what_was_handed_in() -> None:
    store = Store()
    group: GroupCommit[int, int] = GroupCommit(store.commit)
    adding = asyncio.create_task(group.add(1))
    await asyncio.sleep(0)
    await group.close()
    assert await adding == 2


async def test_nobody_waits_for_ever_when_the_process_stops() -> None:
    store = Store()
    store.gate.clear()
    group: GroupCommit[int, int] = GroupCommit(store.commit, limit=1)
    adds = [asyncio.create_task(group.add(n)) for n in range(3)]
    await asyncio.sleep(0.01)
    assert group._task is not None
    group._task.cancel()
    for add in adds:
        with pytest.raises(asyncio.CancelledError):
            await add
