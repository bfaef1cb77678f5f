"""What is held of people themselves."""

from libs.data_map import FORMER, DataMap, Held, Rule, words

STORES: DataMap = (
    Held(
        store="people",
        purpose="Names to show, zones for the times of lessons: a copy of user_service's.",
        retention="As long as the account; then without a name, which no late event brings back.",
        personal=words("name zone"),
        other=words("account_id user_code role revision"),
        rules=(
            Rule(
                "people",
                "account_id = :person",
                words("user_code name zone role"),
                {"name": f"'{FORMER}'", "zone": "'UTC'"},
            ),
        ),
    ),
)
