"""Every crash point is struck somewhere, and it is known where."""

from collections import Counter

from libs.crashpoint import points
from tests.faults import plans, test_points
from tests.libs import test_objects
from tests.payment_service.disputes import test_evidence
from tests.payment_service.outgoing import test_deaths as test_webhook_deaths
from tests.payment_service.refunds import test_saga
from tests.payment_service.subscriptions import test_deaths as test_sweeper_deaths
from tests.payment_service.wallets import test_deaths as test_wallet_deaths
from tests.session_service.attempts import test_deaths
from tests.user_service.google import test_google
from tests.user_service.pictures import test_pictures
from tests.user_service.privacy import test_export_deaths

STRUCK = {
    "in processes of their own": set(test_points.POINTS),
    "in stories": set(plans.VENDORS),
    "while pictures are made": {name for name, _ in test_pictures.POINTS},
    "while exports are made": {name for name, _ in test_export_deaths.POINTS},
    "by the object store's own tests": set(test_objects.POINTS),
    "while a payment is returned": set(test_saga.POINTS),
    "while disputes are answered": {test_evidence.POINT},
    "while subscriptions are swept": {test_sweeper_deaths.POINT},
    "while classes are paid from wallets": {test_wallet_deaths.POINT},
    "while webhooks are sent": set(test_webhook_deaths.POINTS),
    "while attempts are closed and marked": set(test_deaths.POINTS),
    "while Google's certificates are fetched": set(test_google.POINTS),
}


def test_every_crash_point_is_in_one_of_the_lists_that_strike() -> None:
    """Whoever adds a point adds it to one of them; a point that is gone leaves its list, too."""
    counted = Counter(name for names in STRUCK.values() for name in names)
    assert counted == dict.fromkeys((point.name for point in points()), 1)
