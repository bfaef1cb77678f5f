"""Let a payment have several refunds, which the database keeps within what was paid."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611290601"
down_revision: str | None = "202611290503"

STATES = "'requested', 'sent', 'succeeded', 'failed'"
COUNT = """
CREATE FUNCTION count_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before bigint := 0;
  after bigint := 0;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state <> 'canceled' THEN before := OLD.amount; END IF;
  IF NEW.state <> 'canceled' THEN after := NEW.amount; END IF;
  IF before <> after THEN
    UPDATE payments SET given_back = given_back + after - before WHERE id = NEW.payment_id;
  END IF;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    """Expands the schema; the running version can make no refunds until it is replaced."""
    op.add_column(
        "payments", sa.Column("given_back", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.execute(
        "UPDATE payments p SET given_back = r.amount FROM refunds r WHERE r.payment_id = p.id"
    )
    op.create_check_constraint(
        op.f("ck_payments_given_back"), "payments", "given_back BETWEEN 0 AND amount"
    )
    op.drop_constraint(op.f("uq_refunds_payment_id"), "refunds", type_="unique")
    op.drop_constraint(op.f("uq_refunds_payment_intent"), "refunds", type_="unique")
    op.create_index("ix_refunds_payment_id", "refunds", ["payment_id", "id"])
    op.create_index("ix_refunds_payment_intent", "refunds", ["payment_intent"])
    _check_states(f"{STATES}, 'canceled'")
    op.add_column("refunds", sa.Column("requested_by", sa.Uuid(), nullable=True))
    op.add_column("refunds", sa.Column("explanation", sa.Text(), nullable=True))
    op.create_table(
        "refund_lines",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_lines_amount")),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_refund_lines_refund_id")
        ),
        sa.PrimaryKeyConstraint("refund_id", "position", name=op.f("pk_refund_lines")),
        comment="append-only",
    )
    op.execute("REVOKE UPDATE, DELETE ON refund_lines FROM payment_app")
    op.execute(COUNT)
    op.execute(
        "CREATE TRIGGER refunds_counted AFTER INSERT OR UPDATE OF state, amount ON refunds "
        "FOR EACH ROW EXECUTE FUNCTION count_refund()"
    )


def _check_states(states: str) -> None:
    op.drop_constraint(op.f("ck_refunds_state"), "refunds", type_="check")
    op.create_check_constraint(op.f("ck_refunds_state"), "refunds", f"state IN ({states})")


def downgrade() -> None:
    """Takes the change back, as long as no payment has several refunds and none is canceled."""
    op.execute("DROP TRIGGER refunds_counted ON refunds")
    op.execute("DROP FUNCTION count_refund()")
    op.drop_table("refund_lines")
    op.drop_column("refunds", "explanation")
    op.drop_column("refunds", "requested_by")
    _check_states(STATES)
    op.drop_index("ix_refunds_payment_intent", "refunds")
    op.drop_index("ix_refunds_payment_id", "refunds")
    op.create_unique_constraint(op.f("uq_refunds_payment_intent"), "refunds", ["payment_intent"])
    op.create_unique_constraint(op.f("uq_refunds_payment_id"), "refunds", ["payment_id"])
    op.drop_column("payments", "given_back")
