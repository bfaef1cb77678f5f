"""What is held of people for the webhooks that we send (ADR 46). Their secrets are random, and in
no export: they are shown once.
"""

from libs.data_map import DataMap, Held, Rule, words

STORES: DataMap = (
    Held(
        store="webhook_deliveries",
        purpose="What is sent to people's own servers about their money: ids, codes and sums.",
        retention="Bodies 30 days; that there was one, a year; nothing once its endpoint goes.",
        other=words(
            "id endpoint_id webhook_id sequence type body state attempts status_code failure "
            "created_at tried_at ended_at"
        ),
        rules=(
            Rule(
                "webhook_deliveries",
                "endpoint_id IN (SELECT id FROM webhook_endpoints WHERE owner_id = :person)",
                words(
                    "endpoint_id webhook_id type body state attempts status_code created_at "
                    "tried_at ended_at"
                ),
            ),
        ),
    ),
    Held(
        store="webhook_endpoints",
        purpose="Where people want to hear of their own money.",
        retention="Until their owner removes them, or the account goes.",
        personal=words("url"),
        other=words(
            "id owner_id events secret former_secret former_secret_until enabled disabled_reason "
            "disabled_at last_sequence failures failing_since due_at created_at revision"
        ),
        rules=(
            Rule(
                "webhook_endpoints",
                "owner_id = :person",
                words("id url events enabled disabled_reason disabled_at created_at"),
            ),
        ),
    ),
)
