"""What user_service holds of what people prove themselves with, beside the password."""

from libs.data_map import DataMap, Held, Rule, words

CREDENTIALS: DataMap = (
    Held(
        store="totps",
        purpose="Authenticator apps, as second factors.",
        retention="Until they are removed.",
        other=words("account_id sealed_secret last_step created_at confirmed_at last_used_at"),
        rules=(Rule("totps", "account_id = :person", words("confirmed_at last_used_at")),),
    ),
    Held(
        store="passkeys",
        purpose="Passkeys, as second factors.",
        retention="Until they are removed.",
        personal=words("name"),
        other=words(
            "id account_id credential_id public_key sign_count transports backed_up created_at "
            "last_used_at"
        ),
        rules=(Rule("passkeys", "account_id = :person", words("name created_at last_used_at")),),
    ),
    Held(
        store="recovery_codes",
        purpose="Codes for the loss of all other factors; secrets, kept as hashes.",
        retention="Until there are new ones, or no factor is left.",
        other=words("code_hmac account_id created_at used_at"),
        rules=(Rule("recovery_codes", "account_id = :person", words("created_at used_at")),),
    ),
    Held(
        store="personal_tokens",
        purpose="Personal access tokens of programs that act for people.",
        retention="30 days after their end.",
        personal=words("name"),
        other=words(
            "id account_id scopes secret_hmac last_four created_at expires_at last_used_at "
            "revoked_at"
        ),
        rules=(
            Rule(
                "personal_tokens",
                "account_id = :person",
                words("name scopes created_at expires_at last_used_at revoked_at"),
            ),
        ),
        swept="least(expires_at, revoked_at) < CAST(:now AS timestamptz) - interval '30 days'",
    ),
    Held(
        store="challenges",
        purpose="Sign-ins that wait for a second factor: which device, which Google account.",
        retention="A quarter of an hour.",
        personal=words("details"),
        other=words("token_hmac purpose account_id tries created_at expires_at used_at"),
        rules=(Rule("challenges", "account_id = :person"),),
        hidden={"details": "a copy of what the login and the link to Google show"},
    ),
)
