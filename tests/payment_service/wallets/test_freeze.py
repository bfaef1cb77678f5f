"""Freezing wallets (P24, P-A12): debits stop, credits come in, and every act is kept."""

import asyncio

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.ids import new_id
from payment_service.ledger.errors import InsufficientFunds
from payment_service.wallets.errors import WalletFrozen
from tests.payment_service.wallets.bank import fill, spend, wallet_of
from tests.payment_service.wallets.conftest import Till
from tests.stack import User

REASON = "A card was reported stolen."


async def freeze(
    till: Till, admin: User, wallet_id: object, reason: str = REASON
) -> httpx.Response:
    """By the route."""
    path = f"/v1/admin/wallets/{wallet_id}/freeze"
    return await till.client.post(path, json={"reason": reason}, headers=admin.headers)


async def events(till: Till, wallet_id: object) -> list[str]:
    """The types of what was told about a wallet, in order."""
    statement = text("SELECT body FROM outbox WHERE key = :key ORDER BY seq")
    async with till.database.transaction() as session:
        bodies = await session.scalars(statement, {"key": str(wallet_id)})
        return [body.partition('"type":"')[2].partition('"')[0] for body in bodies]


async def test_p24_a_frozen_wallet_lets_nothing_out_and_takes_what_comes(till: Till) -> None:
    owner, admin = till.stack.as_user("tutor"), till.stack.as_user("admin")
    await fill(till.database, owner.id, 100_00)
    wallet = await wallet_of(till.database, owner.id)
    answer = await freeze(till, admin, wallet.id)
    assert answer.json() == {
        "id": str(wallet.id),
        "owner_id": str(owner.id),
        "currency": "INR",
        "account_number": wallet.account_number,
        "opened_at": till.clock.at.isoformat().replace("+00:00", "Z"),
        "frozen_at": till.clock.at.isoformat().replace("+00:00", "Z"),
        "frozen_by": str(admin.id),
        "frozen_reason": REASON,
        "disputes": 0,
    }
    with pytest.raises(WalletFrozen) as refused:
        await spend(till.database, owner.id, 1)
    assert (refused.value.status, refused.value.code) == (423, "wallet_frozen")
    await fill(till.database, owner.id, 5_00)
    shown = (await till.client.get("/v1/wallet", headers=owner.headers)).json()
    assert (shown["balance"], shown["frozen"]) == (105_00, True)
    assert "frozen_reason" not in shown


async def test_p24_thawed_it_can_be_spent_again_and_both_acts_are_kept(till: Till) -> None:
    owner, admin = till.stack.as_user("student"), till.stack.as_user("admin")
    await fill(till.database, owner.id, 100)
    wallet = await wallet_of(till.database, owner.id)
    await freeze(till, admin, wallet.id)
    path = f"/v1/admin/wallets/{wallet.id}"
    for _ in range(2):  # the second time there is nothing to end
        answer = await till.client.delete(f"{path}/freeze", headers=admin.headers)
        assert answer.status_code == 204
    assert await spend(till.database, owner.id, 100)
    acts = (await till.client.get(f"{path}/acts", headers=admin.headers)).json()["items"]
    assert [(act["action"], act["reason"], act["actor_id"]) for act in acts] == [
        ("thawed", None, str(admin.id)),
        ("frozen", REASON, str(admin.id)),
    ]
    told = await events(till, wallet.id)
    assert told == [
        "studyzed.wallet.topped_up", "studyzed.wallet.frozen", "studyzed.wallet.thawed",
    ]  # fmt: skip


@pytest.mark.parametrize("reason", ["", "  ", "ab", "a\nb", "x" * 501])
async def test_p_a12_a_freeze_needs_a_reason(till: Till, reason: str) -> None:
    owner, admin = till.stack.as_user("tutor"), till.stack.as_user("admin")
    await fill(till.database, owner.id, 100)
    wallet = await wallet_of(till.database, owner.id)
    answer = await freeze(till, admin, wallet.id, reason)
    assert (answer.status_code, answer.json()["fields"][0]["pointer"]) == (422, "/reason")
    assert await spend(till.database, owner.id, 100)


async def test_p_a12_the_first_reason_stands(till: Till) -> None:
    owner, admin = till.stack.as_user("tutor"), till.stack.as_user("admin")
    await fill(till.database, owner.id, 100)
    wallet = await wallet_of(till.database, owner.id)
    answers = await asyncio.gather(*(freeze(till, admin, wallet.id, f"No. {n}") for n in range(9)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 8
    [first] = [answer.json() for answer in answers if answer.status_code == 200]
    assert {answer.json().get("code") for answer in answers} == {None, "already_frozen"}
    assert (await wallet_of(till.database, owner.id)).frozen_reason == first["frozen_reason"]


async def test_p24_no_such_wallet(till: Till) -> None:
    admin = till.stack.as_user("admin")
    for method in ("POST", "DELETE"):
        answer = await till.client.request(
            method, f"/v1/admin/wallets/{new_id()}/freeze", headers=admin.headers,
            json={"reason": REASON} if method == "POST" else None,
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (404, "wallet_not_found")


async def test_p_a12_a_debit_under_way_is_whole_before_the_freeze(till: Till) -> None:
    owner, admin = till.stack.as_user("tutor"), till.stack.as_user("admin")
    await fill(till.database, owner.id, 1_000)
    wallet = await wallet_of(till.database, owner.id)
    debits = [spend(till.database, owner.id, 10) for _ in range(30)]
    frozen, *results = await asyncio.gather(
        freeze(till, admin, wallet.id), *debits, return_exceptions=True
    )
    assert isinstance(frozen, httpx.Response)
    assert frozen.status_code == 200
    passed = results.count(True)
    refused = [one for one in results if isinstance(one, WalletFrozen)]
    assert passed + len(refused) == 30
    shown = (await till.client.get("/v1/wallet", headers=owner.headers)).json()
    assert shown["balance"] == 1_000 - 10 * passed
    with pytest.raises(WalletFrozen):
        await spend(till.database, owner.id, 10)


async def test_p_a12_a_freeze_waits_for_the_debit_that_holds_the_row(till: Till) -> None:
    owner, admin = till.stack.as_user("tutor"), till.stack.as_user("admin")
    await fill(till.database, owner.id, 1_000)
    wallet = await wallet_of(till.database, owner.id)
    async with till.database.transaction() as session:
        await session.execute(
            text("SELECT 1 FROM wallets WHERE id = :id FOR UPDATE"), {"id": wallet.id}
        )
        freezing = asyncio.create_task(freeze(till, admin, wallet.id))
        later = asyncio.create_task(spend(till.database, owner.id, 10))
        done, _ = await asyncio.wait({freezing}, timeout=0.3)
        assert not done
    assert (await freezing).status_code == 200
    [end] = await asyncio.gather(later, return_exceptions=True)
    assert end is True or isinstance(end, WalletFrozen)


@pytest.mark.parametrize("verb", ["DELETE FROM wallet_acts", "UPDATE wallet_acts SET reason = ''"])
async def test_p_a12_the_service_cannot_change_what_was_done(till: Till, verb: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with till.database.transaction() as session:
            await session.execute(text(verb))


async def test_p24_admins_list_wallets_by_owner_and_freeze(till: Till) -> None:
    admin, owners = till.stack.as_user("admin"), [new_id() for _ in range(3)]
    for owner_id in owners:
        await fill(till.database, owner_id, 1)
    wallet = await wallet_of(till.database, owners[1])
    await freeze(till, admin, wallet.id)

    async def listed(query: str) -> list[str]:
        answer = await till.client.get(f"/v1/admin/wallets{query}", headers=admin.headers)
        return [item["owner_id"] for item in answer.json()["items"]]

    one, two, three = (str(owner_id) for owner_id in owners)
    assert await listed("") == [three, two, one]
    assert await listed("?frozen=true") == [two]
    assert await listed("?frozen=false") == [three, one]
    assert await listed(f"?owner_id={one}") == [one]
    assert await listed(f"?owner_id={one}&frozen=true") == []


async def test_p6_who_has_no_wallet_has_no_money(till: Till) -> None:
    with pytest.raises(InsufficientFunds):
        await spend(till.database, new_id(), 1)
