"""One's own wallet and its statement: what there was, what happened, what there is."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from libs.ids import new_id
from libs.pagination import encode
from tests.payment_service.wallets.bank import fill, spend, wallet_of
from tests.payment_service.wallets.conftest import Till
from tests.stack import User
from tests.statements import statements


async def read(till: Till, owner: User, query: str = "") -> dict[str, Any]:
    """A page of the statement."""
    answer = await till.client.get(f"/v1/wallet/statement{query}", headers=owner.headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def history(till: Till) -> tuple[User, list[str]]:
    """Money that came in two days ago, and moved yesterday and today; these days."""
    owner = till.stack.as_user("tutor")
    days = [(till.clock.at - timedelta(days=ago)).date().isoformat() for ago in (2, 1, 0)]
    till.clock.move(timedelta(days=-2))
    await fill(till.database, owner.id, 100_00)
    till.clock.move(timedelta(days=1))
    await spend(till.database, owner.id, 30_00)
    await fill(till.database, owner.id, 7)
    till.clock.move(timedelta(days=1))
    await spend(till.database, owner.id, 20_00)
    return owner, days


async def test_p7_a_wallet_without_money_is_empty_and_not_yet_opened(till: Till) -> None:
    for role in ("student", "tutor"):
        owner = till.stack.as_user(role)
        with statements() as seen:
            answer = await till.client.get("/v1/wallet", headers=owner.headers)
        assert answer.json() == {
            "account_number": None, "currency": "INR", "balance": 0, "held": 0,
            "frozen": False, "frozen_at": None,
        }  # fmt: skip
        assert len(seen) == 1
        assert (await read(till, owner))["closing"] == 0


async def test_p7_a_wallet_by_currency(till: Till) -> None:
    owner = till.stack.as_user("student")
    await fill(till.database, owner.id, 5_00, "USD")
    shown = await till.client.get("/v1/wallet?currency=USD", headers=owner.headers)
    assert (shown.json()["currency"], shown.json()["balance"]) == ("USD", 500)
    number = (await wallet_of(till.database, owner.id)).account_number
    assert shown.json()["account_number"] == number
    assert (number[:4], len(number)) == ("SZW-", 16)
    assert (await till.client.get("/v1/wallet", headers=owner.headers)).json()["balance"] == 0
    wrong = await till.client.get("/v1/wallet?currency=rupee", headers=owner.headers)
    assert (wrong.status_code, wrong.json()["fields"][0]["pointer"]) == (422, "query/currency")


async def test_p7_opening_and_lines_give_closing(till: Till) -> None:
    owner, days = await history(till)
    found = await read(till, owner, f"?from={days[1]}&to={days[1]}")
    assert (found["first_day"], found["last_day"]) == (days[1], days[1])
    assert (found["opening"], found["closing"], found["next_cursor"]) == (100_00, 70_07, None)
    assert [(one["kind"], one["amount"], one["balance"]) for one in found["items"]] == [
        ("sale", -30_00, 70_00),
        ("top_up", 7, 70_07),
    ]
    whole = await read(till, owner, f"?from={days[0]}&to={days[2]}")
    assert (whole["opening"], whole["closing"], len(whole["items"])) == (0, 50_07, 4)
    before = await read(till, owner, f"?from={days[0]}&to={days[0]}")
    assert (before["opening"], before["closing"]) == (0, 100_00)
    later = await read(till, owner, f"?from={days[2]}")
    assert (later["opening"], later["closing"], later["last_day"]) == (70_07, 50_07, days[2])


async def test_p7_a_day_begins_and_ends_at_midnight_in_utc(till: Till) -> None:
    owner, noon = till.stack.as_user("tutor"), till.clock.at
    midnight = noon.replace(hour=0, minute=0, second=0, microsecond=0)
    till.clock.at = midnight
    await fill(till.database, owner.id, 1)
    till.clock.at = midnight - timedelta(microseconds=1)
    await fill(till.database, owner.id, 10)
    till.clock.at = noon
    today = midnight.date().isoformat()
    found = await read(till, owner, f"?from={today}&to={today}")
    assert (found["opening"], [one["amount"] for one in found["items"]]) == (10, [1])


async def test_p7_pages_follow_each_other_with_the_same_balances(till: Till) -> None:
    owner, days = await history(till)
    period = f"?from={days[0]}&to={days[2]}"
    whole = (await read(till, owner, period))["items"]
    paged, cursor, counts = [], "", []
    while cursor is not None:
        with statements() as seen:
            page = await read(till, owner, f"{period}&limit=1{cursor and f'&cursor={cursor}'}")
        counts.append(len(seen))
        assert (page["opening"], page["closing"]) == (0, 50_07)
        paged += page["items"]
        cursor = page["next_cursor"]
    assert paged == whole
    assert counts == [1] * 4


async def test_p7_nobody_sees_another_s_lines(till: Till) -> None:
    owner, days = await history(till)
    other = till.stack.as_user("tutor")
    await fill(till.database, other.id, 3)
    found = await read(till, other, f"?from={days[0]}")
    assert [one["amount"] for one in found["items"]] == [3]
    cursor = (await read(till, owner, f"?from={days[0]}&limit=1"))["next_cursor"]
    alien = await read(till, other, f"?from={days[0]}&cursor={cursor}")
    assert [one["amount"] for one in alien["items"]] == [3]


async def test_p7_the_statement_as_a_file(till: Till) -> None:
    owner, days = await history(till)
    path = f"/v1/wallet/statement.csv?from={days[1]}&to={days[2]}"
    answer = await till.client.get(path, headers=owner.headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["at", "kind", "reference", "amount", "balance", "currency"]
    assert [(row[1], row[3], row[4], row[5]) for row in rows[1:]] == [
        ("opening", "", "10000", "INR"),
        ("sale", "-3000", "7000", "INR"),
        ("top_up", "7", "7007", "INR"),
        ("sale", "-2000", "5007", "INR"),
        ("closing", "", "5007", "INR"),
    ]
    assert rows[1][0] == f"{days[1]}T00:00:00+00:00"


@pytest.mark.parametrize(
    "query",
    ["?from=2026-02-02&to=2026-02-01", "?from=2025-01-01&to=2026-01-02", "?to=9999-12-31"],
)
async def test_p7_a_period_is_a_year_at_most(till: Till, query: str) -> None:
    for path in ("/v1/wallet/statement", "/v1/wallet/statement.csv"):
        answer = await till.client.get(path + query, headers=till.stack.as_user().headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_period")


async def test_p7_a_statement_that_is_too_long_for_a_file_says_so(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, days = await history(till)
    monkeypatch.setattr("payment_service.wallets.statements.MAX_LINES", 3)
    answer = await till.client.get(
        f"/v1/wallet/statement.csv?from={days[0]}", headers=owner.headers
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "statement_too_long")


async def test_p7_an_unknown_cursor_has_nothing_after_it(till: Till) -> None:
    owner, days = await history(till)
    found = await read(till, owner, f"?from={days[0]}&cursor={encode(new_id())}")
    assert (found["items"], found["closing"]) == ([], 50_07)
