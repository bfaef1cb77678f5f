"""Add coupons and quotes, and payments of nothing."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290320"
down_revision: str | None = "202611290310"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    _add_coupons()
    _add_quotes()
    op.add_column(
        "payments", sa.Column("discount", sa.BigInteger(), server_default="0", nullable=False)
    )
    for name in ("coupon_id", "quote_id"):
        op.add_column("payments", sa.Column(name, sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_payments_coupon_id"), "payments", "coupons", ["coupon_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_payments_quote_id"), "payments", "quotes", ["quote_id"], ["id"])
    op.create_index(
        "ix_payments_quote_id",
        "payments",
        ["quote_id"],
        unique=False,
        postgresql_where=sa.text("quote_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_payments_amount"), "payments", type_="check")
    op.create_check_constraint(
        op.f("ck_payments_amount"), "payments", "amount >= 0 AND discount >= 0"
    )
    _add_redemptions()


def _add_coupons() -> None:
    op.create_table(
        "coupons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("amount_off", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("plan_months", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total_limit", sa.Integer(), nullable=True),
        sa.Column("user_limit", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(percent IS NULL) <> (amount_off IS NULL) "
            "AND (amount_off IS NULL) = (currency IS NULL)",
            name=op.f("ck_coupons_one_thing_off"),
        ),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name=op.f("ck_coupons_percent")),
        sa.CheckConstraint("amount_off > 0", name=op.f("ck_coupons_amount_off")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_coupons_currency")),
        sa.CheckConstraint("valid_until > valid_from", name=op.f("ck_coupons_valid_until")),
        sa.CheckConstraint("total_limit > 0 AND user_limit > 0", name=op.f("ck_coupons_limits")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_coupons_used")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("code", name=op.f("uq_coupons_code")),
    )


def _add_quotes() -> None:
    op.create_table(
        "quotes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("study_session_id", sa.Uuid(), nullable=False),
        sa.Column("tutor_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=True),
        sa.Column("coupon", sa.Text(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "amount >= 0 AND discount >= 0 AND amount + discount = price",
            name=op.f("ck_quotes_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["study_session_id"], ["study_sessions.id"], name=op.f("fk_quotes_study_session_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_quotes_plan_id")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupons.id"], name=op.f("fk_quotes_coupon_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    op.create_index("ix_quotes_tutor_id", "quotes", ["tutor_id"], unique=False)
    op.create_index("ix_quotes_expires_at", "quotes", ["expires_at"], unique=False)


def _add_redemptions() -> None:
    op.create_table(
        "coupon_redemptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("tutor_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'spent', 'returned')", name=op.f("ck_coupon_redemptions_state")
        ),
        sa.ForeignKeyConstraint(
            ["coupon_id"], ["coupons.id"], name=op.f("fk_coupon_redemptions_coupon_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_coupon_redemptions_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_redemptions")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_coupon_redemptions_payment_id")),
    )
    op.create_index(
        "ix_coupon_redemptions_counted",
        "coupon_redemptions",
        ["coupon_id", "tutor_id"],
        unique=False,
        postgresql_where=sa.text("state <> 'returned'"),
    )
    op.create_index(
        "ix_coupon_redemptions_tutor_id", "coupon_redemptions", ["tutor_id"], unique=False
    )


def downgrade() -> None:
    """Takes the change back; refused by the old rule once somebody has paid nothing."""
    op.drop_index("ix_coupon_redemptions_tutor_id", table_name="coupon_redemptions")
    op.drop_index(
        "ix_coupon_redemptions_counted",
        table_name="coupon_redemptions",
        postgresql_where=sa.text("state <> 'returned'"),
    )
    op.drop_table("coupon_redemptions")
    op.drop_constraint(op.f("ck_payments_amount"), "payments", type_="check")
    op.create_check_constraint(op.f("ck_payments_amount"), "payments", "amount > 0")
    op.drop_index(
        "ix_payments_quote_id",
        table_name="payments",
        postgresql_where=sa.text("quote_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("fk_payments_quote_id"), "payments", type_="foreignkey")
    op.drop_constraint(op.f("fk_payments_coupon_id"), "payments", type_="foreignkey")
    for name in ("quote_id", "coupon_id", "discount"):
        op.drop_column("payments", name)
    op.drop_index("ix_quotes_expires_at", table_name="quotes")
    op.drop_index("ix_quotes_tutor_id", table_name="quotes")
    op.drop_table("quotes")
    op.drop_table("coupons")
