"""What payment_service holds of people: ids, and what Stripe says of payers."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from libs.personal_rows import IDEMPOTENCY_KEYS, INBOX, OUTBOX
from payment_service.privacy import (
    disputes,
    invoices,
    plan_changes,
    prices,
    refunds,
    webhook_map,
)
from payment_service.privacy.ledger_map import BOOKS, LEDGER_STORES
from payment_service.privacy.wallet_map import WALLET_STORES
from payment_service.webhooks.repository import REDACTED

LEDGER = "the ledger's tie to the provider's books"

STORES: DataMap = (
    Held(
        store="webhooks",
        purpose="Stripe's signed events: those about our payments, and that there were others.",
        retention=f"Word for word 90 days, others not at all; ids and sums: {BOOKS.lower()}",
        personal=words("body"),
        other=words(
            "id source event_id type outcome payment_id refund_id top_up_id received_at redacted_at"
        ),
        rules=(
            Rule(
                "webhooks",
                "(payment_id IN (SELECT id FROM payments WHERE tutor_id = :person) "
                "OR top_up_id IN (SELECT id FROM top_ups WHERE owner_id = :person))",
                words("event_id type received_at body"),
                {"body": REDACTED},
            ),
        ),
    ),
    Held(
        store="payments",
        purpose="The ledger of payments.",
        retention=BOOKS,
        personal=words("stripe_session_id payment_intent checkout_url"),
        other=words(
            "id study_session_id tutor_id plan_id coupon_id quote_id plan_change_id description "
            "months period amount discount given_back tax disputes currency status method "
            "created_at expires_at "
            "checked_at paid_at revision"
        ),
        rules=(
            Rule(
                "payments",
                "tutor_id = :person",
                words(
                    "id study_session_id description months amount discount given_back tax "
                    "currency status method stripe_session_id payment_intent created_at paid_at"
                ),
                {"checkout_url": "NULL"},
            ),
        ),
        hidden={"checkout_url": "leave to pay, of no use once it is used"},
        kept={"stripe_session_id": LEDGER, "payment_intent": LEDGER},
    ),
    *refunds.STORES,
    *disputes.STORES,
    Held(
        store="subscriptions",
        purpose="What is paid for.",
        retention=BOOKS,
        other=words(
            "id study_session_id tutor_id plan_id payment_id months paid_at state period zone "
            "anchor_on anchor_months kept_before starts_at renewable_from ends_at suspends_at "
            "expires_at due_at noticed lost revision worth currency whole_seconds"
        ),
        rules=(
            Rule(
                "subscriptions",
                "tutor_id = :person",
                words(
                    "id study_session_id payment_id months paid_at state period zone starts_at "
                    "ends_at suspends_at expires_at"
                ),
                Fate.KEPT,
            ),
        ),
    ),
    *LEDGER_STORES,
    *WALLET_STORES,
    Held(
        store="study_sessions",
        purpose="Who may pay for which class: a copy of session_service's.",
        retention="For good.",
        other=words(
            "id session_code tutor_id state revision rejected_at ended_at keeps_time kept_seconds "
            "event_revision"
        ),
    ),
    *prices.STORES,
    *plan_changes.STORES,
    *invoices.STORES,
    *webhook_map.STORES,
    IDEMPOTENCY_KEYS,
    OUTBOX,
    INBOX,
)
