"""The indexes of this service's collections, created by `python -m libs.migrate`."""

from libs.errors import Unavailable
from libs.mongo import Mongo

VERSION = 1
"""To be raised with every change below: a process is ready only over the indexes that it knows."""

DAY = 86_400


async def ensure(mongo: Mongo) -> None:
    """Creates what is missing; repeatable."""
    database = mongo.database
    await database["people"].create_index([("role", 1)])
    await database["members"].create_index([("study_session_id", 1)])
    await database["devices"].create_index([("token", 1)], unique=True)
    await database["devices"].create_index([("account_id", 1), ("installation_id", 1)], unique=True)
    await database["devices"].create_index([("seen_at", 1)])
    feed = database["notifications"]
    await feed.create_index([("event_id", 1), ("account_id", 1)], unique=True)
    await feed.create_index([("account_id", 1), ("number", -1)], unique=True)
    await feed.create_index([("account_id", 1), ("read_at", 1)])
    await database["broadcasts"].create_index([("audience", 1), ("at", 1)])
    # As long as Kafka keeps an event that a broadcast could overtake.
    await database["broadcasts"].create_index([("at", 1)], expireAfterSeconds=7 * DAY)
    await database["deliveries"].create_index([("at", 1)], expireAfterSeconds=30 * DAY)
    await database["schema"].update_one(
        {"_id": "indexes"}, {"$max": {"version": VERSION}}, upsert=True
    )


async def check(mongo: Mongo) -> None:
    """Raises `Unavailable` if `ensure` has not run for this version yet."""
    async with mongo.reads() as session:
        found = await session["schema"].find_one({"_id": "indexes"})
    if found is None or found["version"] < VERSION:
        raise Unavailable("the indexes are missing: run python -m libs.migrate")
