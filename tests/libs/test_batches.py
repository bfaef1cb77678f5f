"""Work beside the caller: begun for each call, but never twice at the same time."""

import asyncio

from libs.batches import Beside


async def test_what_is_asked_for_while_it_runs_runs_once_more() -> None:
    begun, gate = 0, asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        await gate.wait()

    beside = Beside(work)
    beside.ask()
    await asyncio.sleep(0)
    for _ in range(5):
        beside.ask()
    assert begun == 1
    gate.set()
    await beside.close()
    assert begun == 2


async def test_a_failure_is_not_the_end() -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ConnectionError("away")

    beside = Beside(work)
    beside.ask()
    await beside.close()
    beside.ask()
    await beside.close()
    assert runs == 2


async def test_what_is_asked_for_during_a_run_that_fails_runs_all_the_same() -> None:
    runs, gate = 0, asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        await gate.wait()
        if runs == 1:
            raise ConnectionError("away")

    beside = Beside(work)
    beside.ask()
    await asyncio.sleep(0)
    assert runs == 1
    beside.ask()
    gate.set()
    await beside.close()
    assert runs == 2
