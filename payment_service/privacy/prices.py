"""What the price list holds of people: who was promised a price, and who used a coupon."""

from libs.data_map import DataMap, Fate, Held, Rule, words
from payment_service.privacy.ledger_map import BOOKS

STORES: DataMap = (
    Held(
        store="coupon_redemptions",
        purpose="Who used a coupon for which payment.",
        retention=BOOKS,
        other=words("id coupon_id tutor_id payment_id state held_at ended_at"),
        rules=(
            Rule(
                "coupon_redemptions",
                "tutor_id = :person",
                words("id coupon_id payment_id state held_at ended_at"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="quotes",
        purpose="Which price somebody was promised for half an hour.",
        retention="A day after their end; those that were paid by: ten years.",
        other=words(
            "id study_session_id tutor_id plan_id coupon_id coupon price discount amount currency "
            "created_at expires_at"
        ),
        rules=(
            Rule(
                "quotes",
                "tutor_id = :person",
                words(
                    "id study_session_id plan_id coupon price discount amount currency created_at "
                    "expires_at"
                ),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="coupons",
        purpose="What is taken off prices.",
        retention="For good, once they are used.",
        other=words(
            "id code percent amount_off currency plan_months valid_from valid_until total_limit "
            "user_limit used active created_at revision"
        ),
    ),
    Held(
        store="plans",
        purpose="The price list.",
        retention="For good.",
        other=words("id name months amount currency active valid_from valid_until created_at"),
    ),
)
