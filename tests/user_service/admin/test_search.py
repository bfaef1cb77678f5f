"""Admins look for accounts, and at one of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.dialects import postgresql

from libs.ids import new_id
from libs.pagination import PageRequest, newest_first
from tests.user_service.world import Person, World
from user_service.accounts.models import Account, folded
from user_service.admin import repository
from user_service.admin.schemas import Search

NAMES = [
    ("asha_rao", "Asha", "Rao"), ("jose_nunez", "José", "Núñez"), ("strasse", "Jörg", "Weiß"),
    ("hindi_name", "आशा", "राव"), ("wide_name", "\uff37\uff49\uff44e", "\uff2eam\uff45"),
    ("percent", "100%", "x_y"),
]  # fmt: skip


def account(number: int, username: str, first: str, last: str, now: Any) -> Account:
    return Account(
        id=new_id(), user_code=f"CODEX-{number:07X}", username=username, username_key=username,
        email=f"{username}@Example.org", email_key=f"{username}@example.org", first_name=first,
        last_name=last, role="student" if number % 2 else "tutor", locale="en", zone="UTC",
        password_hash=None, created_at=now + timedelta(days=number), revision=1,
    )  # fmt: skip


@pytest.fixture
async def people(world: World) -> list[UUID]:
    """Some accounts, oldest first; each is made a day after the one before."""
    made = [account(n, *names, world.clock.now()) for n, names in enumerate(NAMES, 1)]
    async with world.parts.database.transaction() as session:
        session.add_all(made)
    return [one.id for one in made]


async def found(world: World, admin: Person, **query: Any) -> list[str]:
    answer = await world.client.get("/v1/admin/accounts", params=query, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return [one["username"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    ("words", "usernames"),
    [
        ("asha", ["asha_rao"]), ("ASHA RAO", ["asha_rao"]), ("sha_ra", ["asha_rao"]),
        ("jose nunez", ["jose_nunez"]), ("JOSÉ", ["jose_nunez"]), ("jose\u0301", ["jose_nunez"]),
        ("@example.ORG", ["percent", "wide_name", "hindi_name", "strasse", "jose_nunez",
                          "asha_rao"]),
        ("codex-0000003", ["strasse"]), ("jorg", ["strasse"]), ("आशा", ["hindi_name"]),
        ("wide name", ["wide_name"]), ("100%", ["percent"]), ("0% x", ["percent"]),
        ("%%%", []), ("___", []), ("nobody", []),
    ],
)  # fmt: skip
async def test_u13_search_by_parts_of_words(
    world: World, people: list[UUID], words: str, usernames: list[str]
) -> None:
    admin = await world.admin()
    assert [name for name in await found(world, admin, q=words) if name != "admin"] == usernames


@pytest.mark.parametrize("words", ["a", "ab", "  ", "a \u0301\u0301\u0301"])
async def test_u13_too_few_letters_are_refused(world: World, words: str) -> None:
    admin = await world.admin()
    answer = await world.client.get(
        "/v1/admin/accounts", params={"q": words}, headers=admin.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "search_too_short")


async def test_u13_filters(world: World, people: list[UUID]) -> None:
    admin = await world.admin()
    await world.rows_written("UPDATE accounts SET blocked_at = now() WHERE id = :id", id=people[2])
    assert await found(world, admin, role="admin") == ["admin"]
    assert await found(world, admin, role="student") == ["wide_name", "strasse", "asha_rao"]
    assert await found(world, admin, state="blocked") == ["strasse"]
    assert await found(world, admin, state="active", role="student") == ["wide_name", "asha_rao"]
    await world.rows_written(
        "UPDATE accounts SET erasure_due_at = now() WHERE id = :id", id=people[4]
    )
    await world.rows_written("UPDATE accounts SET erased_at = now() WHERE id = :id", id=people[0])
    assert await found(world, admin, state="leaving") == ["wide_name"]
    assert await found(world, admin, state="erased") == ["asha_rao"]
    assert await found(world, admin, state="active", role="student") == []
    shown = await world.client.get("/v1/admin/accounts?limit=100", headers=admin.headers)
    states = {one["username"]: one["state"] for one in shown.json()["items"]}
    assert states == {
        "percent": "active",
        "wide_name": "leaving",
        "hindi_name": "active",
        "strasse": "blocked",
        "jose_nunez": "active",
        "asha_rao": "erased",
        "admin": "active",
    }
    start = world.clock.now()
    days = {
        "created_from": (start + timedelta(days=2)).isoformat(),
        "created_before": (start + timedelta(days=4)).isoformat(),
    }
    assert await found(world, admin, **days) == ["strasse", "jose_nunez"]
    bad = await world.client.get(
        "/v1/admin/accounts", params={"state": "gone"}, headers=admin.headers
    )
    assert bad.status_code == 422


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "block"), ("DELETE", "block"), ("PUT", "role"), ("POST", "views"),
])  # fmt: skip
async def test_what_is_left_of_an_erased_account_cannot_be_acted_upon(
    world: World, people: list[UUID], method: str, path: str
) -> None:
    admin = await world.admin()
    await world.rows_written("UPDATE accounts SET erased_at = now() WHERE id = :id", id=people[0])
    body = {"reason": "For the test."} | ({"role": "tutor"} if path == "role" else {})
    answer = await world.client.request(
        method,
        f"/v1/admin/accounts/{people[0]}/{path}",
        json=body if method != "DELETE" else None,
        headers=admin.headers,
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "account_not_found")


async def test_u13_pages_are_stable_while_accounts_are_made(
    world: World, people: list[UUID]
) -> None:
    admin = await world.admin()
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for number in range(4):
        answer = await world.client.get(
            "/v1/admin/accounts", params={"limit": "2"} | cursor, headers=admin.headers
        )
        page = answer.json()
        seen += [one["username"] for one in page["items"]]
        async with world.parts.database.transaction() as session:
            name = f"late_{number}"
            session.add(account(100 + number, name, "Late", "One", world.clock.now()))
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [*(name for name, *_ in reversed(NAMES)), "admin"]


async def test_u13_the_search_uses_its_index(world: World) -> None:
    url = world.parts.settings.database_owner_url
    assert url is not None
    owner = await asyncpg.connect(url.get_secret_value().replace("+asyncpg", ""))
    await owner.execute(
        "INSERT INTO accounts (id, user_code, username, username_key, email, email_key, first_name,"
        " last_name, role, locale, zone, created_at, revision) SELECT gen_random_uuid(),"
        " 'MANYX-' || n, 'many_' || n, 'many_' || n, md5(n::text), md5(n::text), 'Many',"
        " md5(n::text), 'student', 'en', 'UTC', now(), 1 FROM generate_series(1, 20000) n"
    )
    await owner.execute("VACUUM ANALYZE accounts")
    page = PageRequest(None, 20)
    statement = newest_first(repository.matching(Search(words="many_1234")), Account.id, page)
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    sql = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    plan = "\n".join(row[0] for row in await owner.fetch(f"EXPLAIN {sql.replace('%%', '%')}"))
    await owner.close()
    assert "Bitmap Index Scan on ix_accounts_searched" in plan, plan


@pytest.mark.parametrize("words", [name for names in NAMES for name in names] + ["ΟΔΟΣ", "İzmir"])
async def test_database_and_code_fold_alike(world: World, words: str) -> None:
    made = account(1, "some_name", words, "", world.clock.now())
    async with world.parts.database.transaction() as session:
        session.add(made)
    [(kept,)] = await world.rows("SELECT searched FROM accounts WHERE username = 'some_name'")
    assert kept == folded(f"some_name\nsome_name@Example.org\n{words} \nCODEX-0000001")


async def test_u13_one_account_with_logins_and_history(world: World) -> None:
    admin, person = await world.admin(), await world.sign_up()
    gone = await world.sign_in("asha_rao", "a long pass phrase")
    await world.client.delete("/v1/logins/current", headers=gone.headers)
    await world.sign_in("asha_rao", "a long pass phrase")
    path = f"/v1/admin/accounts/{person.id}"
    await world.client.post(
        f"{path}/block", json={"reason": "For the test."}, headers=admin.headers
    )
    body = (await world.client.get(path, headers=admin.headers)).json()
    assert (body["state"], body["logins"], body["email"]) == ("blocked", 2, "asha@example.org")
    entry = next(one for one in body["audit"] if one["action"] == "account.blocked")
    assert (entry["actor_id"], entry["details"]["reason"]) == (str(admin.id), "For the test.")
    missing = await world.client.get(f"/v1/admin/accounts/{new_id()}", headers=admin.headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "account_not_found")
