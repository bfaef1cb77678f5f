"""Rights over wallets: everybody has their own, and admins see and freeze all."""

from uuid import UUID

from libs.ids import new_id
from payment_service.classes.models import StudySession
from payment_service.resources import Resources
from tests.access.table import Row
from tests.payment_service.shop import MONTH
from tests.payment_service.wallets.bank import fill, freeze, wallet_of
from tests.stack import User

CALLERS = ("nobody", "student", "tutor", "admin", "owner")
OWN = dict.fromkeys(CALLERS, 200) | {"nobody": 401}
ADMINS = dict.fromkeys(CALLERS, 403) | {"nobody": 401, "admin": 200}

ROWS = [
    Row("GET", "/v1/wallet", OWN),
    Row("GET", "/v1/wallet/statement", OWN),
    Row("GET", "/v1/wallet/statement.csv", OWN),
    Row("GET", "/v1/wallet/top-ups", OWN),
    Row(
        "GET",
        "/v1/wallet/top-ups/{top_up_id}",
        dict.fromkeys(CALLERS, 404) | {"nobody": 401, "owner": 200},
    ),
    # Stripe is nowhere here: whoever may pay gets as far as the sum, which is too small.
    Row(
        "POST",
        "/v1/wallet/top-ups",
        {"nobody": 401, "student": 422, "tutor": 422, "admin": 403, "owner": 422},
        body={"amount": 1},
    ),
    Row(
        "POST",
        "/v1/wallet-payments",
        {"nobody": 401, "student": 403, "tutor": 404, "admin": 403, "owner": 201},
        body={"plan_id": str(MONTH), "study_session_id": "{unpaid_class_id}"},
    ),
    Row("GET", "/v1/admin/wallets", ADMINS, own_login=True),
    Row("GET", "/v1/admin/wallets/{wallet_id}/acts", ADMINS, own_login=True),
    Row(
        "POST",
        "/v1/admin/wallets/{wallet_id}/freeze",
        ADMINS,
        body={"reason": "A card was reported stolen."},
        own_login=True,
    ),
    Row(
        "DELETE",
        "/v1/admin/wallets/{wallet_id}/freeze",
        ADMINS | {"admin": 204},
        own_login=True,
        instead={"wallet_id": "frozen_wallet_id"},
    ),
]


async def seed(parts: Resources, owner: User) -> dict[str, UUID]:
    """The owner's wallet with money in it, and a frozen one of somebody's."""
    somebody = new_id()
    top_up_id = await fill(parts.database, owner.id, 1_000_00)
    await fill(parts.database, somebody, 1)
    frozen = await wallet_of(parts.database, somebody)
    await freeze(parts.database, frozen.id)
    unpaid = StudySession(
        id=new_id(), session_code="S-TEST", tutor_id=owner.id, state="created", revision=1
    )
    async with parts.database.transaction() as session:
        session.add(unpaid)
    return {
        "top_up_id": top_up_id,
        "unpaid_class_id": unpaid.id,
        "wallet_id": (await wallet_of(parts.database, owner.id)).id,
        "frozen_wallet_id": frozen.id,
    }
