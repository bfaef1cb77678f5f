"""What notification_service holds of people."""

from libs.data_map import FORMER, PERSON, DataMap, Held, Rule, words
from libs.personal_documents import INBOX, LEASES, OUTBOX
from notification_service.people.service import FORMER_ROLE

STORES: DataMap = (
    Held(
        store="people",
        purpose="Names, languages and zones for the words of notifications: copies.",
        retention="As long as the account; then without a name, which no late event brings back.",
        personal=words("name locale zone"),
        other=words("_id user_code role revision erased"),
        rules=(
            Rule(
                "people",
                {"_id": PERSON},
                words("user_code role name locale zone"),
                {
                    "name": FORMER,
                    "locale": "en",
                    "zone": "UTC",
                    "role": FORMER_ROLE,
                    "erased": True,
                },
            ),
        ),
    ),
    Held(
        store="notifications",
        purpose="A person's feed: kinds, ids and codes, from which the words are made.",
        retention="As long as the account.",
        personal=words("kind about read_at"),
        other=words("_id account_id event_id number created_at"),
        rules=(
            Rule(
                "notifications",
                {"account_id": PERSON},
                words("number kind about created_at read_at"),
            ),
        ),
    ),
    Held(
        store="feeds",
        purpose="How many entries a feed has, and how many are unread.",
        retention="As long as the account.",
        personal=words("unread"),
        other=words("_id number"),
        rules=(Rule("feeds", {"_id": PERSON}, words("number unread")),),
    ),
    Held(
        store="devices",
        purpose="Where pushes go.",
        retention="60 days after the app was last seen.",
        personal=words("installation_id token platform seen_at"),
        other=words("_id account_id created_at"),
        rules=(
            Rule(
                "devices",
                {"account_id": PERSON},
                words("installation_id platform created_at seen_at"),
            ),
        ),
        hidden={"token": "leave to send pushes to the device"},
    ),
    Held(
        store="blocks",
        purpose="Who is shut out, and gets no pushes: copies.",
        retention="As long as the account.",
        other=words("_id blocked since revision"),
        rules=(Rule("blocks", {"_id": PERSON}),),
    ),
    Held(
        store="members",
        purpose="Who hears what a class is told: a copy of session_service's.",
        retention="As long as the class.",
        other=words("_id study_session_id student_id inside revision"),
        rules=(Rule("members", {"student_id": PERSON}),),
    ),
    Held(
        store="study_sessions",
        purpose="Codes of classes: a copy of session_service's.",
        retention="For good.",
        other=words("_id code tutor_id revision"),
    ),
    Held(
        store="broadcasts",
        purpose="What groups were told, for those who turn out to belong to them.",
        retention="Seven days.",
        other=words("_id audience kind about at"),
    ),
    Held(
        store="deliveries",
        purpose="What became of pushes, by ids.",
        retention="30 days.",
        other=words("_id state tries unanswered at answer"),
    ),
    Held(
        store="schema",
        purpose="Which indexes there are.",
        retention="One document.",
        other=words("_id version"),
    ),
    OUTBOX,
    INBOX,
    LEASES,
)
