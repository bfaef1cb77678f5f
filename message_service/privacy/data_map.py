"""What message_service holds of people."""

from libs.data_map import PERSON, DataMap, Fate, Held, Rule, words
from libs.personal_documents import INBOX, LEASES, OUTBOX

CONVERSATIONS = ":conversations"
"""Stands for the ids of the person's conversations: messages are indexed by theirs."""

STORES: DataMap = (
    Held(
        store="messages",
        purpose="What people write to each other.",
        retention="As long as the conversation; without its text once the sender is erased.",
        personal=words("body"),
        other=words(
            "_id conversation_id seq sender_id client_msg_id sent_at reply_to mentions version "
            "edits edited_at deleted_at deleted_by reactions"
        ),
        rules=(
            Rule(
                "messages",
                {"conversation_id": {"$in": CONVERSATIONS}, "sender_id": PERSON},
                words("conversation_id seq body sent_at"),
                {"body": ""},
            ),
        ),
    ),
    Held(
        store="message_edits",
        purpose="What messages said before they were edited.",
        retention="As long as the message says anything; until the sender is erased.",
        personal=words("body"),
        other=words("_id message_id author_id number replaced_at"),
        rules=(
            Rule(
                "message_edits",
                {"author_id": PERSON},
                words("message_id number body replaced_at"),
            ),
        ),
    ),
    Held(
        store="reactions",
        purpose="Who has reacted to a message by which emoji.",
        retention="As long as the message says anything.",
        personal=words("emoji"),
        other=words("_id message_id account_id reacted_at"),
        rules=(
            Rule(
                "reactions",
                {"account_id": PERSON},
                words("message_id emoji reacted_at"),
                Fate.KEPT,
            ),
        ),
        kept={"emoji": "the message counts it, and nobody's name is left beside it"},
    ),
    Held(
        store="preferences",
        purpose="What people let others see of them in chats.",
        retention="As long as the account.",
        personal=words("receipts"),
        other=words("_id"),
        rules=(Rule("chat_preferences", {"_id": PERSON}, words("receipts")),),
    ),
    Held(
        store="read_marks",
        purpose="How far a person has read.",
        retention="As long as the account.",
        personal=words("read_up_to"),
        other=words("_id conversation_id account_id"),
        rules=(
            Rule(
                "read_marks",
                {"conversation_id": {"$in": CONVERSATIONS}, "account_id": PERSON},
                words("conversation_id read_up_to"),
            ),
        ),
    ),
    Held(
        store="conversations",
        purpose="Who talks to whom.",
        retention="For good: the other member's messages are in it.",
        other=words(
            "_id pair member_ids seq touched created_at version changed kind study_session_id "
            "moderator_ids ended frozen roster moderated"
        ),
        rules=(
            Rule(
                "conversations",
                {"member_ids": PERSON},
                words("_id member_ids created_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="people",
        purpose="Public codes, by which conversations are opened: a copy of user_service's.",
        retention="For good: the code is the pseudonym.",
        other=words("_id user_code revision"),
        rules=(Rule("people", {"_id": PERSON}, words("user_code"), Fate.KEPT),),
    ),
    Held(
        store="entitlements",
        purpose="Who may talk to whom, by the class that they share.",
        retention="As long as the class.",
        other=words("_id pair student_id study_session_id ended class_ended revision"),
    ),
    Held(
        store="class_owners",
        purpose="Who owns a class.",
        retention="As long as the class.",
        other=words("_id tutor_id revision"),
    ),
    Held(
        store="mutes",
        purpose="Who may not write in a channel for a while.",
        retention="Until it is over.",
        personal=words("until"),
        other=words("_id conversation_id account_id"),
        rules=(Rule("mutes", {"account_id": PERSON}, words("conversation_id until")),),
    ),
    Held(
        store="moderation_log",
        purpose="What moderators have done in channels, and why.",
        retention="For good: ids only once the reasons are gone.",
        personal=words("reason"),
        other=words("_id conversation_id actor_id action account_id seq until at"),
        rules=(
            Rule(
                "moderation_log",
                {"account_id": PERSON},
                words("conversation_id action seq reason until at"),
                {"reason": ""},
            ),
        ),
    ),
    Held(
        store="reports",
        purpose="Messages that were reported, as they were then.",
        retention="For good; without texts once their authors are erased.",
        personal=words("note body"),
        other=words(
            "_id conversation_id message_id seq reporter_id author_id reason state reported_at "
            "resolved_by resolved_at"
        ),
        rules=(
            Rule(
                "reports_made",
                {"reporter_id": PERSON},
                words("conversation_id seq reason note reported_at state"),
                {"note": ""},
            ),
            Rule("reported_messages", {"author_id": PERSON}, words("seq body"), {"body": ""}),
        ),
    ),
    Held(
        store="class_roles",
        purpose="Who helps in a class: they moderate its channels.",
        retention="As long as the class.",
        other=words("_id study_session_id account_id role ended revision"),
    ),
    Held(
        store="channel_leavers",
        purpose="Until which message a person who has left a channel may read it.",
        retention="As long as the account.",
        personal=words("left_seq left_at"),
        other=words("_id conversation_id account_id"),
        rules=(
            Rule(
                "channel_leavers",
                {"account_id": PERSON},
                words("conversation_id left_seq left_at"),
            ),
        ),
    ),
    Held(
        store="ended_classes",
        purpose="Which classes are over.",
        retention="For good: a membership's event that comes late must find it.",
        other=words("_id revision"),
    ),
    OUTBOX,
    INBOX,
    LEASES,
)
