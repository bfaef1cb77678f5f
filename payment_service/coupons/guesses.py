"""Wrong codes of coupons are counted, so that nobody finds a right one by trying."""

from collections.abc import AsyncIterator

from fastapi import Depends, Request

from libs.deps import Tutor
from libs.limits import Limits
from payment_service.coupons.errors import CouponNotFound

WRONG_TRIES, SECONDS = 10, 60
"""How many wrong codes a person may try in how many seconds; right ones do not count."""


async def count_guesses(request: Request, user: Tutor) -> AsyncIterator[None]:
    """Counts the route's `CouponNotFound`, after its transaction. Raises `TooMany` after too many
    of this person.
    """
    limits: Limits = request.app.state.limits
    who = str(user.account_id)
    await limits.check("coupons", who, WRONG_TRIES)
    try:
        yield
    except CouponNotFound:
        await limits.hit("coupons", who, WRONG_TRIES, SECONDS)
        raise


GUESSES = Depends(count_guesses)
