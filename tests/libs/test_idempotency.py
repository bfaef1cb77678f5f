"""`Idempotency-Key` in the form of one transaction, over a small app and a real database."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.idempotency import OLD_KEYS
from libs.outbox import PostgresOutbox
from tests.libs.parts import Parts
from tests.libs.small import KEY, PATH, Small, open_small, router
from tests.stack import Stack, eventually


@pytest.fixture
async def small(parts: Parts, stack: Stack) -> AsyncIterator[Small]:
    async with open_small(parts, stack) as made:
        yield made


async def test_p_a5_same_key_same_body_same_answer(small: Small) -> None:
    first = await small.post("k1")
    again = await small.post("k1")
    quoted = await small.post('"k1"')
    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    for answer in (again, quoted):
        assert (answer.status_code, answer.content) == (201, first.content)
        assert answer.headers["idempotency-replayed"] == "true"
        assert answer.headers["content-type"] == first.headers["content-type"]
    assert await small.effects() == {"x": 1}


async def test_p_a5_other_body_or_target_is_refused(small: Small) -> None:
    await small.post("k1")
    await small.post("k2", path=f"{PATH}/here")
    for answer in (
        await small.post("k1", "y"),
        await small.post("k1", path=f"{PATH}?a=1"),
        await small.post("k2", path=f"{PATH}/there"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert await small.effects() == {"x": 2}


async def test_p_a5_scoped_to_user_and_route(small: Small) -> None:
    other = small.stack.as_user("tutor")
    bodies = {
        (await small.post("k1", user=user, path=path)).json()["seq"]
        for user in (small.user, other)
        for path in (PATH, f"{PATH}/here")
    }
    assert len(bodies) == 4
    assert await small.effects() == {"x": 4}


async def test_p_a5_for_24_hours(small: Small) -> None:
    first = await small.post("k1")
    small.clock.move(timedelta(hours=24, seconds=-1))
    assert (await small.post("k1")).content == first.content
    small.clock.move(timedelta(seconds=1))
    later = await small.post("k1", "y")
    assert (later.status_code, later.json()["name"]) == (201, "y")
    assert (await small.post("k1", "y")).content == later.content


async def test_p_a5_refusals_are_not_stored(small: Small) -> None:
    refused = await small.post("k1", end="refuse")
    invalid = await small.client.post(PATH, json={}, headers={**small.user.headers, KEY: "k1"})
    assert (refused.status_code, invalid.status_code) == (409, 422)
    assert await small.effects() == {}
    assert (await small.post("k1", "other")).status_code == 201
    assert await small.effects() == {"other": 1}


@pytest.mark.parametrize("end", ["crash", "late"])
async def test_p_a5_answer_and_effect_are_one_transaction(small: Small, end: str) -> None:
    assert (await small.post("k1", end=end)).status_code == 500
    assert await small.parts.fetch("SELECT key FROM idempotency_keys") == []
    assert (await small.post("k1")).status_code == 201
    assert await small.effects() == {"x": 1}


async def test_p_a5_running_is_409_with_retry_after(small: Small) -> None:
    first = asyncio.create_task(small.post("k1", pause=1))
    await eventually(lambda: _locks(small))
    for name in ("x", "y"):
        answer = await small.post("k1", name)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_running")
        assert answer.headers["retry-after"] == "2"
    assert (await small.post("k2")).status_code == 201
    assert (await first).status_code == 201
    assert await small.effects() == {"x": 2}


async def _locks(small: Small) -> bool:
    return bool(await small.parts.fetch(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ))  # fmt: skip


async def test_p_a5_20_parallel_have_one_effect(small: Small) -> None:
    """Twice as many as the pool has connections."""
    for key in ("k1", "k2", "k3"):
        answers = await asyncio.gather(*(small.post(key, key) for _ in range(20)))
        done = [answer for answer in answers if answer.status_code == 201]
        assert len({answer.content for answer in done}) == 1
        rest = [answer for answer in answers if answer.status_code != 201]
        assert {answer.json()["code"] for answer in rest} <= {"idempotency_key_running"}
        assert (await small.post(key, key)).content == done[0].content
    assert await small.effects() == {"k1": 1, "k2": 1, "k3": 1}


@pytest.mark.parametrize("key", ["", " ", "a b", 'a"b', '"a', 'a"', "a\\b", "\x7f", "k" * 256])
async def test_a_malformed_key_is_refused(small: Small, key: str) -> None:
    answer = await small.post(key)
    assert answer.status_code == 422
    assert [field["pointer"] for field in answer.json()["fields"]] == ["header/Idempotency-Key"]
    assert await small.effects() == {}


FORM_OF_OURS = "551faa76-7433-4b0e-bde3-bed1b64029a1"


@pytest.mark.parametrize("key", ["k", "!~", "k" * 255, f'"{"k" * 255}"', FORM_OF_OURS])
async def test_a_key_is_visible_ascii(small: Small, key: str) -> None:
    assert (await small.post(key)).content == (await small.post(key)).content
    assert await small.effects() == {"x": 1}


async def test_a_key_needs_a_caller(small: Small) -> None:
    answer = await small.client.post(PATH, json={"name": "x"}, headers={KEY: "k1"})
    assert answer.status_code == 401
    assert (await small.client.get(PATH, headers={KEY: "k1"})).json() == {"seq": 0, "name": ""}


async def test_old_keys_are_swept(small: Small) -> None:
    await small.post("old")
    await small.post("young")
    for key, hours in (("old", 26), ("young", 24)):
        await small.parts.fetch(
            "UPDATE idempotency_keys SET created_at = now() - make_interval(hours => :hours) "
            "WHERE key = :key",
            key=key,
            hours=hours,
        )
    box = PostgresOutbox(small.parts.database.url, sweeps=[OLD_KEYS])
    await box.open(lambda: None)
    await box.sweep(timedelta(minutes=2))
    await box.close()
    assert await small.parts.fetch("SELECT key FROM idempotency_keys") == [("young",)]


Step = tuple[str | None, str, str, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from([None, "a", "b"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from(["ok", "ok", "refuse", "crash", "late", "cut"]),
        st.sampled_from([0, 0, 0, 23, 24]),
    ),
    max_size=12,
)
ENDS = {"ok": 201, "cut": 201, "refuse": 409, "crash": 500, "late": 500}


@dataclass
class Model:
    """What the keys must do, in twenty lines: a table of key, body, answer and hour."""

    now: int = 0
    kept: dict[str, tuple[str, int]] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)

    def step(self, key: str | None, body: str, end: str, hours: int) -> tuple[int, bool]:
        """The status of the answer, and whether it is a replay."""
        self.now += hours
        known = self.kept.get(key or "")
        if key and known and self.now - known[1] < 24:
            return (201, True) if known[0] == body else (422, False)
        if ENDS[end] == 201:
            self.effects[body] += 1
            if key:
                self.kept[key] = (body, self.now)
        return ENDS[end], False


@given(steps=STEPS)
@settings(max_examples=60)
async def test_p_a5_any_sequence_agrees_with_the_model(small: Small, steps: list[Step]) -> None:
    await small.parts.fetch("DELETE FROM idempotency_keys")
    await small.parts.fetch("DELETE FROM effects")
    model, answers = Model(), dict[str, bytes]()
    for key, body, end, hours in steps:
        small.clock.move(timedelta(hours=hours))
        status, replayed = model.step(key, body, end, hours)
        answer = await small.post(key, body, end=end)
        if key and status == 201 and not replayed:
            answers.pop(key, None)
        if end == "cut":
            continue  # nobody saw the answer; a later step finds what was committed
        assert answer.status_code == status
        assert answer.headers.get("idempotency-replayed", "") == ("true" if replayed else "")
        if key and status == 201:
            assert answers.setdefault(key, answer.content) == answer.content
    assert await small.effects() == model.effects


def test_the_header_is_documented() -> None:
    app = FastAPI()
    app.include_router(router)
    paths: Mapping[str, Any] = app.openapi()["paths"]
    [header] = paths["/effects"]["post"]["parameters"]
    assert (header["name"], header["in"], header["required"]) == (KEY, "header", False)
    assert "parameters" not in paths["/effects"]["get"]
