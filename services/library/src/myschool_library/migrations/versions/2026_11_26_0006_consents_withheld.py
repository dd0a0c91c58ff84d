"""Who may not open content for want of a consent, as identity tells it."""

from alembic import op

revision = "2026_11_26_0006"
down_revision = "2026_11_26_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE consent_withheld (
            person_id uuid NOT NULL, purpose text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (person_id, purpose)
        )"""
    )


def downgrade() -> None:
    op.drop_table("consent_withheld")
