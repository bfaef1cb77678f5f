"""What was paid before there was a ledger is booked by its migration (202611290100)."""

import asyncio
import os
import subprocess
import sys

import pytest

from deploy.local.provision import credentials
from payment_service.ledger.checks import check
from tests.payment_service.books import audit
from tests.payment_service.refunds.desk import paid_class, reject, work
from tests.payment_service.shop import Shop

# The SDK's httpx client still hands its form over as `data=`.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

MOVE = (
    "from alembic import command; from libs.migrate import config, owner_url; "
    "made = config('payment_service', owner_url('payment_service')); "
    "command.downgrade(made, '202611281240'); command.upgrade(made, 'head')"
)


async def test_p4_the_past_is_booked(shop: Shop) -> None:
    await paid_class(shop)
    for _ in range(2):
        tutor, study_session_id = await paid_class(shop)
        await reject(shop, tutor, study_session_id)
        await work(shop)
    tutor, study_session_id = await paid_class(shop)
    await reject(shop, tutor, study_session_id)
    url = shop.settings.database_url.get_secret_value()
    owner = credentials(
        shop.stack.servers.postgres_superuser_url, "payment_service", url.rpartition("/")[2]
    )
    await shop.parts.database.close()
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", MOVE],
        env={**os.environ, "PAYMENT_DATABASE_OWNER_URL": owner.owner_url},
        check=True,
    )
    found = await check(shop.parts.database)
    assert (found.balanced, found.accounts, found.postings) == (True, 3, 4 + 3 + 2)
    await audit(shop.parts.database)
    await work(shop)  # and the books go on from there
