"""Money: postings from one wallet and from a thousand, and what a wallet's owner sees."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from libs.clock import SystemClock
from libs.postgres import Database
from payment_service.ledger.wallet_entries import top_up
from payment_service.settings import Settings
from payment_service.wallets import service as wallets
from tests.bench.load import Plan
from tests.bench.place import Place, dsn_of
from tests.bench.processes import Target, load, variables
from tests.bench.results import Result, at_least, at_most, middle
from tests.bench.rows_http import Ask, check_same, compare, get
from tests.objects import NOWHERE
from tests.payment_service.shop import stripe_settings
from tests.stack import User

WALLETS = 1_000
PLENTY = 1_000_000_00
"""Minor units in each: a bench takes less."""
OURS, BARE = "money:postings", "money:bare"


@dataclass(frozen=True)
class Purses:
    """A thousand people with money in their wallets."""

    settings: Settings
    owners: list[User]
    ledger: Target
    bare: Target


async def _purses(place: Place) -> Purses:
    settings = await place.stack.settings_for(
        Settings, "payment_service", **stripe_settings(), **NOWHERE
    )
    owners = [place.stack.as_user("tutor") for _ in range(WALLETS)]
    database = Database(settings, SystemClock())
    for owner in owners:
        posting = top_up(f"bench-{owner.id}", owner.id, PLENTY, "INR")
        async with database.transaction() as session:
            await wallets.credit(session, owner.id, "INR", posting, database.clock.now())
    await database.close()
    ledger = await place.bare(OURS, variables(settings))
    return Purses(settings, owners, ledger, await place.bare(BARE, {"BENCH_DSN": dsn_of(settings)}))


async def money(place: Place) -> list[Result]:
    """Reads of wallets, and postings from one and from a thousand of them."""
    found = await _purses(place)
    target = await place.processes.serve(
        "wallets", "payment_service.app:create_app", variables(found.settings)
    )
    owner = found.owners[0]
    ours, theirs = get("/v1/wallet", owner.headers), get(f"/wallets/{owner.id}")
    await check_same((target, ours), (found.bare, theirs))
    seen = await compare(
        place, "money", "hot read: GET /v1/wallet", at_most(1.5), (target, [ours]),
        (found.bare, [theirs]),
    )  # fmt: skip
    return [seen, *[one for count in (1, WALLETS) for one in await _posted(place, found, count)]]


async def _posted(place: Place, found: Purses, count: int) -> list[Result]:
    """Rates stand beside CPU: on one wallet its row's lock says how fast, whoever posts."""
    asks: list[Ask] = [("POST", f"/postings/{one.id}", {}, "") for one in found.owners[:count]]
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for number in range(place.rounds):
        pairs = [("ours", found.ledger), ("bare", found.bare)]
        for side, target in pairs if number % 2 == 0 else reversed(pairs):
            plan = Plan(target.port, asks, place.seconds, pids=[target.pid], expect=200)
            rates[side].append((await load(plan)).rate)
    of = f"{count:,} wallets" if count > 1 else "one wallet"
    work = await compare(
        place, "money", f"hot write: posting from {of}", at_most(1.8), (found.ledger, asks),
        (found.bare, asks),
    )  # fmt: skip
    rate = Result(
        "money", f"postings from {of}", "postings per second", rates["ours"], rates["bare"],
        at_least(1 / 1.8), f"{middle(rates['ours']):,.0f}/s against {middle(rates['bare']):,.0f}/s",
    )  # fmt: skip
    return [work, rate]


ROWS: dict[str, Callable[[Place], Awaitable[list[Result]]]] = {"money": money}
