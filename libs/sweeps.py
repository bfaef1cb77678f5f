"""Going through what is due, one item after the other."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from libs import log
from libs.errors import Unavailable

T = TypeVar("T")
PATIENCE = 3
"""After so many items in a row for which a store was away it is away for the rest as well."""

logger = log.get(__name__)


async def each(sweep: str, items: Iterable[T], step: Callable[[T], Awaitable[object]]) -> None:
    """Does a step for each item, by a transaction of its own. One that fails is logged, by its id,
    under the name of the sweep; it is due again in the next round and keeps nobody waiting in this
    one.

    Raises `Unavailable` after `PATIENCE` items in a row that raised it.
    """
    away = 0
    for item in items:
        try:
            await step(item)
        except Unavailable:
            away += 1
            logger.warning("sweep_item_put_off", sweep=sweep, item=str(item), exc_info=True)
            if away == PATIENCE:
                raise
        except Exception:
            away = 0
            logger.exception("sweep_item_failed", sweep=sweep, item=str(item))
        else:
            away = 0
