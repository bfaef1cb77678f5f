"""The comment bank."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from session_service.saved_comments import models
from tests.session_service.world import World, open_world
from tests.stack import Stack

PATH = "/v1/saved-comments"


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


async def test_everybody_has_a_bank_of_their_own(world: World, stack: Stack) -> None:
    made = [await world.post(world.tutor, PATH, {"text": text}) for text in ("Well done.", "Why?")]
    assert (await world.get(world.tutor, PATH))["items"] == made[::-1]
    other = stack.as_user("tutor")
    assert (await world.get(other, PATH))["items"] == []
    one = f"{PATH}/{made[0]['id']}"
    answer = await world.client.put(one, json={"text": "Fine."}, headers=world.tutor.headers)
    assert answer.json() == made[0] | {"text": "Fine."}
    assert (await world.client.delete(one, headers=other.headers)).status_code == 404
    assert (await world.client.delete(one, headers=world.tutor.headers)).status_code == 204
    assert (await world.get(world.tutor, PATH))["items"] == [made[1]]


async def test_the_bank_is_bounded_also_for_two_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("session_service.saved_comments.service.MOST", 3)
    assert models.MOST == 500
    answers = await asyncio.gather(
        *(
            world.client.post(PATH, json={"text": "x"}, headers=world.tutor.headers)
            for _ in range(6)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 3
