"""Logins: their rate against bare argon2id, and what they do to everybody else."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from tests.bench import seeds
from tests.bench.load import Plan
from tests.bench.place import Place, Users
from tests.bench.processes import drive, load
from tests.bench.results import Result, at_least, at_most, middle
from tests.bench.rows_http import Ask, get, sign_in

THREADS = 2
"""`hash_threads` of user_service."""
LOGINS_PER_SECOND = 20.0
READS_PER_SECOND = 100.0


def _logins(users: Users) -> list[Ask]:
    """Each from another network, or the limits would be what is measured."""
    return [
        (
            "POST",
            "/v1/logins",
            {"X-Forwarded-For": f"10.{n // 250}.{n % 250}.7"},
            json.dumps({"identifier": name, "password": seeds.PASSWORD}),
        )
        for n, (_, name) in enumerate(users.people)
    ]


async def login(place: Place) -> list[Result]:
    """As many logins as possible, against as many verifications."""
    users = await place.users()
    ours, bare, waits = [], [], []
    seconds = max(place.seconds, 2.0)
    for _ in range(place.rounds):
        plan = Plan(users.target.port, _logins(users), seconds, pids=[users.target.pid], expect=201)
        seen = await load(plan)
        ours.append(seen.rate)
        waits.append(seen.p50)
        hashing = {"seconds": seconds, "threads": THREADS}
        bare.append((await drive("tests.bench.ceilings.passwords", hashing))["rate"])
    beside = f"p50 {middle(waits):.0f} ms with 8 at a time"
    work = "login: POST /v1/logins, against bare argon2id"
    return [Result("login", work, "logins per s", ours, bare, at_least(0.75), beside)]


async def crowd(place: Place) -> list[Result]:
    """The 99th percentile of `/v1/me` beside 20 logins a second, against the quiet one."""
    users = await place.users()
    _, name = users.people[0]
    reads = [get("/v1/me", await sign_in(users.target, name, "10.9.9.9"))]
    seconds = max(place.seconds, 2.0)
    quiet, busy = [], []
    for _ in range(place.rounds):
        plan = Plan(users.target.port, reads, seconds, 16, READS_PER_SECOND)
        quiet.append((await load(plan)).p99)
        logins = Plan(
            users.target.port, _logins(users), seconds + 0.5, 32, LOGINS_PER_SECOND, expect=201
        )
        seen, _ = await asyncio.gather(load(plan), load(logins))
        busy.append(seen.p99)
    work = "p99 of GET /v1/me (100/s) at 20 logins/s, against its quiet p99"
    return [Result("crowd", work, "ms", busy, quiet, at_most(3.0))]


def _guesses(names: list[str], block: int) -> list[Ask]:
    """Wrong passwords, each from another network, so that nobody waits."""
    return [
        (
            "POST",
            "/v1/logins",
            {"X-Forwarded-For": f"10.{block + n // 250}.{n % 250}.9"},
            json.dumps({"identifier": name, "password": "not the password"}),
        )
        for n, name in enumerate(names)
    ]


async def guess(place: Place) -> list[Result]:
    """How long it takes to refuse an unknown user, against a wrong password (U-A5)."""
    users = await place.users()
    names = [name for _, name in users.people]
    nobody = [f"nobody_{n}" for n in range(len(names))]
    unknown: list[float] = []
    wrong: list[float] = []
    for n in range(place.rounds):
        pair = [(nobody, unknown, 100 + 8 * n), (names, wrong, 104 + 8 * n)]
        for asked, found, block in pair if n % 2 else reversed(pair):
            tries = _guesses(asked, block)
            seen = await load(Plan(users.target.port, tries, place.seconds, 2, expect=401))
            found.append(seen.p50)
    work = "p50 of a login of an unknown user, against that with a wrong password"
    return [Result("guess", work, "ms", unknown, wrong)]


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {
    "login": login,
    "crowd": crowd,
    "guess": guess,
}
