"""legs of a call, agents' phones, the recorder's state.

Revision: 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

from engine.storage.types import Instant, JsonText

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call", sa.Column("recorder", sa.String(), nullable=False, server_default="off"))
    op.add_column("call", sa.Column("answered_by", sa.String(), nullable=True))
    op.add_column("campaign", sa.Column("recording", sa.String(), nullable=False, server_default="always"))

    op.drop_index("ix_carrier_inbox_attempt_id", table_name="carrier_inbox")
    op.execute("ALTER TABLE carrier_inbox RENAME COLUMN attempt_id TO leg_id")
    op.create_index("ix_carrier_inbox_leg_id", "carrier_inbox", ["leg_id"], unique=False)

    op.create_table(
        "leg",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("muted", sa.Boolean(), nullable=False),
        sa.Column("ear", sa.String(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("joined_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("detail", JsonText(), nullable=False),
        sa.Column("quality", JsonText(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('customer', 'agent', 'colleague', 'supervisor')", name=op.f("ck_leg_role_known")),
        sa.CheckConstraint("state IN ('expected', 'ringing', 'joined', 'ended')", name=op.f("ck_leg_state_known")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_leg_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leg")),
    )
    op.create_index("ix_leg_call_id", "leg", ["call_id"], unique=False)
    op.create_index("ix_leg_user_id", "leg", ["user_id"], unique=False)
    op.create_index("ix_leg_state", "leg", ["state"], unique=False)

    op.create_table(
        "agent_phone",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("phone_id", sa.String(length=32), nullable=False),
        sa.Column("trunk", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("rings", sa.Boolean(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_agent_phone_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_agent_phone")),
    )
