"""The indexes of this service's collections; the unique ones are rules."""

from libs.mongo import Mongo, drop_index


async def ensure(mongo: Mongo) -> None:
    """Creates what is missing."""
    database = mongo.database
    await database["people"].create_index([("user_code", 1)])
    await database["entitlements"].create_index([("pair", 1)])
    await database["entitlements"].create_index([("study_session_id", 1)])
    await database["conversations"].create_index([("pair", 1)], unique=True)
    await database["conversations"].create_index([("member_ids", 1), ("touched", -1)])
    await database["conversations"].create_index([("touched", 1)])
    await database["conversations"].create_index([("member_ids", 1), ("changed", 1)])
    messages = database["messages"]
    await messages.create_index([("conversation_id", 1), ("seq", 1)], unique=True)
    await messages.create_index(
        [("client_msg_id", 1), ("sender_id", 1), ("conversation_id", 1)], unique=True
    )
    await messages.create_index([("conversation_id", 1), ("version", 1)], sparse=True)
    await drop_index(messages, "conversation_id_1_sender_id_1_client_msg_id_1")
    await database["read_marks"].create_index(
        [("conversation_id", 1), ("account_id", 1)], unique=True
    )
    await database["message_edits"].create_index([("message_id", 1), ("number", 1)], unique=True)
    await database["message_edits"].create_index([("author_id", 1)])
    reactions = database["reactions"]
    await reactions.create_index([("account_id", 1), ("message_id", 1), ("emoji", 1)], unique=True)
    await reactions.create_index([("message_id", 1), ("_id", -1)])
    await database["channel_leavers"].create_index(
        [("conversation_id", 1), ("account_id", 1)], unique=True
    )
    await database["channel_leavers"].create_index([("account_id", 1)])
    await database["class_roles"].create_index([("study_session_id", 1)])
    await _ensure_moderation(mongo)


async def _ensure_moderation(mongo: Mongo) -> None:
    mutes, reports = mongo.database["mutes"], mongo.database["reports"]
    await mutes.create_index([("conversation_id", 1), ("account_id", 1)], unique=True)
    await mutes.create_index([("until", 1)], expireAfterSeconds=0)
    await mongo.database["moderation_log"].create_index([("conversation_id", 1), ("_id", -1)])
    await mongo.database["moderation_log"].create_index([("account_id", 1)])
    await reports.create_index([("message_id", 1), ("reporter_id", 1)], unique=True)
    await reports.create_index([("conversation_id", 1), ("_id", -1)])
    await reports.create_index([("state", 1), ("_id", -1)])
    await reports.create_index([("reporter_id", 1)])
    await reports.create_index([("author_id", 1)])
