"""seal the audit trail."""

import sqlalchemy as sa
from alembic import op

revision: str = "202611251540"
down_revision: str | None = "202611251530"


def upgrade() -> None:
    """Expands the schema; the running version keeps working."""
    op.add_column('audit_entries', sa.Column('code', sa.Text(), server_default='', nullable=False))
    op.create_table_comment('audit_entries', 'append-only')
    op.create_table('audit_seals',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('previous', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_seals')),
    sa.UniqueConstraint('entry_id', name=op.f('uq_audit_seals_entry_id')),
    comment='append-only'
    )
    op.create_table('audit_unsealed',
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('entry_id', name=op.f('pk_audit_unsealed'))
    )
    op.execute("INSERT INTO audit_unsealed SELECT id FROM audit_entries")
    op.execute("REVOKE UPDATE, DELETE ON audit_entries, audit_seals FROM user_app")


def downgrade() -> None:
    """Takes the change back."""
    op.execute("GRANT UPDATE, DELETE ON audit_entries TO user_app")
    op.drop_table('audit_unsealed')
    op.drop_table('audit_seals')
    op.drop_table_comment('audit_entries')
    op.drop_column('audit_entries', 'code')
