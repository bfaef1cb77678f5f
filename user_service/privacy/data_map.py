"""What user_service holds of people, in the order in which an erasure goes through it: what is
found by the account's address goes before the address.
"""

from libs.data_map import FORMER, DataMap, Fate, Held, Rule, words
from libs.personal_rows import INBOX, OUTBOX
from user_service.privacy.credentials import CREDENTIALS

ADDRESS = "(SELECT email_key FROM accounts WHERE id = :person)"
NO_ADDRESS = "id || '@erased.invalid'"
NOBODY = "'former-' || id"
COMPARED = "the form in which another field is compared"
SECRET = "a secret, kept as a hash"  # noqa: S105  (a reason)

STORES: DataMap = (
    Held(
        store="mailed_codes",
        purpose="Codes sent to addresses.",
        retention="One day.",
        personal=words("email email_key locale"),
        other=words("id purpose account_id code_hmac tries created_at expires_at used_at"),
        rules=(
            Rule(
                "mailed_codes",
                f"account_id = :person OR email_key = {ADDRESS}",
                words("email purpose locale created_at used_at"),
            ),
        ),
        hidden={"email_key": COMPARED},
        swept="created_at < CAST(:now AS timestamptz) - interval '1 day'",
    ),
    Held(
        store="grants",
        purpose="Leave to do one thing for an address.",
        retention="One day.",
        personal=words("email"),
        other=words("token_hmac purpose account_id expires_at used_at"),
        rules=(
            Rule(
                "grants",
                f"account_id = :person OR lower(email) = {ADDRESS}",
                words("email purpose expires_at used_at"),
            ),
        ),
        swept="expires_at < CAST(:now AS timestamptz) - interval '1 day'",
    ),
    Held(
        store="email_changes",
        purpose="Wishes for another address.",
        retention="One day.",
        personal=words("email"),
        other=words("id account_id old_code_id new_code_id created_at done_at"),
        rules=(Rule("email_changes", "account_id = :person", words("email created_at done_at")),),
        swept="created_at < CAST(:now AS timestamptz) - interval '1 day'",
    ),
    Held(
        store="outgoing_mails",
        purpose="Mails about accounts: to whom, and what was told.",
        retention="30 days; the last mail to an erased person until it is sent, a day at most.",
        personal=words("email locale zone values"),
        other=words("id account_id kind version created_at sent_at"),
        rules=(
            Rule(
                "outgoing_mails",
                f"account_id = :person OR lower(email) = {ADDRESS}",
                words("email locale zone kind values created_at sent_at"),
            ),
        ),
    ),
    Held(
        store="invite_rows",
        purpose="What became of each row of a file of invitations.",
        retention="30 days.",
        personal=words("detail"),
        other=words("import_id line result code"),
        rules=(
            Rule(
                "invite_rows",
                "import_id IN (SELECT id FROM invite_imports WHERE inviter_id = :person)",
            ),
        ),
        hidden={"detail": "what is wrong with a row about somebody else"},
    ),
    Held(
        store="invite_imports",
        purpose="Files of invitations on their way.",
        retention="The file until its rows are done, the rest 30 days.",
        personal=words("csv"),
        other=words("id inviter_id total done created repeated refused started_at finished_at"),
        rules=(
            Rule(
                "invite_imports",
                "inviter_id = :person",
                words("total created repeated refused started_at finished_at"),
            ),
        ),
        hidden={"csv": "other people's names and addresses"},
    ),
    Held(
        store="invites",
        purpose="Who was invited, under which name, by whom.",
        retention="30 days after they end.",
        personal=words("email email_key first_name last_name locale"),
        other=words("id inviter_id token_hmac created_at expires_at accepted_at withdrawn_at"),
        rules=(
            Rule(
                "invites_received",
                f"email_key = {ADDRESS}",
                words("email first_name last_name locale created_at accepted_at"),
            ),
            Rule("invites_sent", "inviter_id = :person", words("created_at accepted_at")),
        ),
        hidden={"email_key": COMPARED},
    ),
    Held(
        store="google_identities",
        purpose="Which Google account signs whom in.",
        retention="As long as the account.",
        personal=words("subject"),
        other=words("account_id linked_at"),
        rules=(Rule("google_identities", "account_id = :person", words("subject linked_at")),),
    ),
    Held(
        store="logins",
        purpose="Signed-in devices.",
        retention="30 days after their end.",
        personal=words("device device_id network"),
        other=words(
            "id account_id generation created_at rotated_at expires_at revoked_at factor proved_at"
        ),
        rules=(
            Rule(
                "logins",
                "account_id = :person",
                words("device device_id network created_at rotated_at expires_at revoked_at"),
                {"device": "''", "device_id": "NULL", "network": "''"},
            ),
        ),
        swept="least(expires_at, revoked_at) < CAST(:now AS timestamptz) - interval '30 days'",
    ),
    *CREDENTIALS,
    Held(
        store="ages",
        purpose="How old people say that they are.",
        retention="As long as the account.",
        personal=words("birth_date of_age_on"),
        other=words("account_id stated_at"),
        rules=(Rule("ages", "account_id = :person", words("birth_date of_age_on stated_at")),),
    ),
    Held(
        store="profiles",
        purpose="What people say of themselves, beyond the account.",
        retention="As long as the account.",
        personal=words("week_start needs needs_note phone bio picture picture_alt"),
        other=words("account_id"),
        rules=(
            Rule(
                "profiles",
                "account_id = :person",
                words("week_start needs needs_note phone bio picture picture_alt"),
            ),
        ),
    ),
    Held(
        store="pictures",
        purpose="Pictures that were uploaded; the files lie in the object store: an upload for an "
        "hour at most, what is shown until it is replaced or taken off.",
        retention="As long as the picture is shown; those that were refused, seven days.",
        personal=words("alt"),
        other=words("id account_id state folder refusal asked_at completed_at swept_at"),
        rules=(
            Rule(
                "pictures",
                "account_id = :person",
                words("state alt asked_at"),
                # The files go by a job, and the row after them.
                {"alt": "''", "state": "'gone'", "swept_at": "NULL"},
            ),
        ),
    ),
    Held(
        store="consents",
        purpose="What people agreed to, when, and in which version.",
        retention="For good: the proof outlives the account, under a pseudonym.",
        other=words("id account_id purpose version given source at"),
        rules=(
            Rule(
                "consents",
                "account_id = :person",
                words("purpose version given source at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="export_parts",
        purpose="What services gave for an export: sizes and checksums.",
        retention="As long as the export.",
        other=words("export_id service sha256 size received_at"),
    ),
    Held(
        store="exports",
        purpose="Wishes for one's data; the files lie in the object store for seven days.",
        retention="30 days, and until the files are known to be gone.",
        other=words(
            "id account_id folder state requested_at asked_at asked ready_at expires_at size failed"
        ),
        rules=(
            Rule(
                "exports",
                "account_id = :person",
                words("state requested_at ready_at size"),
                # The files go by a job, and the row after them.
                {"state": "'expired'", "size": "NULL"},
            ),
        ),
    ),
    Held(
        store="erasures",
        purpose="Wishes to be forgotten, and when they were granted.",
        retention="For good: the proof that it was done, by ids.",
        other=words(
            "id account_id requested_at due_at reminded_at undone_at erased_at sent_at finished_at"
        ),
        rules=(
            Rule(
                "erasures",
                "account_id = :person",
                words("requested_at due_at undone_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="erasure_reports",
        purpose="How much each service met of an erased person.",
        retention="For good: numbers only.",
        other=words("erasure_id service counts confirmed_at"),
    ),
    Held(
        store="holds",
        purpose="Accounts that must not be erased, and why.",
        retention="Until an admin lets the account go.",
        other=words("account_id reason set_by set_at"),
        rules=(Rule("holds", "account_id = :person", words("reason set_at")),),
    ),
    Held(
        store="audit_entries",
        purpose="Who did what to whom, by ids, and the reason that an admin gave.",
        retention="For good.",
        personal=words("details"),
        other=words("id at actor_id action subject_id code"),
        rules=(
            Rule("audit_entries", "subject_id = :person", words("at action details"), Fate.KEPT),
        ),
        kept={
            "details": "the reason that an admin gave, as evidence; all else in it is ids and codes"
        },
    ),
    Held(
        store="audit_seals",
        purpose="The chain that shows whether the audit trail was touched: hashes.",
        retention="For good.",
        other=words("seq entry_id previous hash sealed_at"),
    ),
    Held(
        store="audit_unsealed",
        purpose="Entries of the audit trail that wait for their seal.",
        retention="Seconds.",
        other=words("entry_id"),
    ),
    Held(
        store="outbox",
        purpose="Events and jobs on their way out; events carry names and addresses.",
        retention="Three days after they were sent; dead jobs until they are replayed.",
        personal=words("body"),
        other=tuple(sorted(OUTBOX.fields - {"body"})),
        rules=(Rule("outbox", "destination = 'kafka' AND key = CAST(:person AS text)"),),
        hidden={"body": "a copy of what other tables show"},
    ),
    Held(
        store="accounts",
        purpose="Who signs in, and how others see them.",
        retention="As long as the account; then a tombstone with the id and the user code.",
        personal=words(
            "username username_key email email_key first_name last_name locale zone password_hash "
            "user_code block_reason searched"
        ),
        other=words(
            "id role blocked_at blocked_until erasure_due_at erased_at created_at revision"
        ),
        rules=(
            Rule(
                "accounts",
                "id = :person",
                words(
                    "id user_code username email first_name last_name role locale zone created_at "
                    "blocked_at blocked_until block_reason"
                ),
                {
                    "username": NOBODY,
                    "username_key": NOBODY,
                    "email": NO_ADDRESS,
                    "email_key": NO_ADDRESS,
                    "first_name": f"'{FORMER}'",
                    "last_name": "''",
                    "locale": "'en'",
                    "zone": "'UTC'",
                    "password_hash": "NULL",
                    "block_reason": "NULL",
                },
            ),
        ),
        hidden={
            "username_key": COMPARED,
            "email_key": COMPARED,
            "searched": COMPARED,
            "password_hash": SECRET,
        },
        kept={
            "searched": "the database makes it anew of the others",
            "user_code": "the pseudonym; five letters of the user name are in it",
        },
    ),
    Held(
        store="signing_keys",
        purpose="The keys that sign access tokens.",
        retention="A month after their time.",
        other=words("kid sealed_private_pem active_from created_at"),
    ),
    INBOX,
)
