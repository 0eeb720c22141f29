"""drafts of flows and how they are published, experiments, rehearsals.

Revision: 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

from engine.storage.append_only import guard_statements
from engine.storage.types import Instant, JsonText

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "experiment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("version_a", sa.String(length=64), nullable=False),
        sa.Column("version_b", sa.String(length=64), nullable=False),
        sa.Column("share_b", sa.Integer(), nullable=False),
        sa.Column("holdout", sa.Integer(), nullable=False),
        sa.Column("plan", JsonText(), nullable=False),
        sa.Column("started_by", sa.String(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("stopped_by", sa.String(), nullable=True),
        sa.Column("stopped_at", Instant(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("result", JsonText(), nullable=True),
        sa.CheckConstraint("holdout BETWEEN 0 AND 50", name=op.f("ck_experiment_holdout_percent")),
        sa.CheckConstraint("share_b BETWEEN 1 AND 99", name=op.f("ck_experiment_share_b_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiment")),
    )
    with op.batch_alter_table("experiment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_experiment_flow_id"), ["flow_id"], unique=False)
        batch_op.create_index(
            "uq_experiment_running",
            ["flow_id"],
            unique=True,
            sqlite_where=sa.text("stopped_at IS NULL"),
            postgresql_where=sa.text("stopped_at IS NULL"),
        )

    op.create_table(
        "flow_draft",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.String(length=64), nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=True),
        sa.Column("submitted_at", Instant(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.Column("publish_at", Instant(), nullable=True),
        sa.Column("published_version", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'scheduled', 'published', 'discarded')", name=op.f("ck_flow_draft_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_draft")),
    )
    with op.batch_alter_table("flow_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flow_draft_changed_at"), ["changed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_flow_draft_flow_id"), ["flow_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_flow_draft_state"), ["state"], unique=False)
        batch_op.create_index(
            "uq_flow_draft_open",
            ["flow_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('draft', 'in_review', 'scheduled')"),
            postgresql_where=sa.text("state IN ('draft', 'in_review', 'scheduled')"),
        )

    op.create_table(
        "publication_event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("draft_id", sa.String(length=36), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_event")),
    )
    with op.batch_alter_table("publication_event", schema=None) as batch_op:
        batch_op.create_index("ix_publication_event_kind_name", ["kind", "name"], unique=False)

    op.create_table(
        "rehearsal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=False),
        sa.Column("draft_id", sa.String(length=36), nullable=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("persona", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("path", JsonText(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("timings", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal")),
    )
    with op.batch_alter_table("rehearsal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rehearsal_flow_id"), ["flow_id"], unique=False)

    op.create_table(
        "flow_draft_comment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["flow_draft.id"], name=op.f("fk_flow_draft_comment_draft_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_draft_comment")),
    )
    with op.batch_alter_table("flow_draft_comment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_flow_draft_comment_draft_id"), ["draft_id"], unique=False)

    op.create_table(
        "flow_draft_revision",
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("overlays", JsonText(), nullable=False),
        sa.Column("what", JsonText(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["flow_draft.id"], name=op.f("fk_flow_draft_revision_draft_id")),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_flow_draft_revision")),
    )
    op.create_table(
        "flow_draft_presence",
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["flow_draft.id"], name=op.f("fk_flow_draft_presence_draft_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_flow_draft_presence_user_id")),
        sa.PrimaryKeyConstraint("draft_id", "user_id", name=op.f("pk_flow_draft_presence")),
    )
    op.create_table(
        "experiment_call",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("experiment_id", sa.String(length=36), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.CheckConstraint("arm IN ('a', 'b', 'holdout')", name=op.f("ck_experiment_call_arm_known")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_experiment_call_call_id")),
        sa.ForeignKeyConstraint(["experiment_id"], ["experiment.id"], name=op.f("fk_experiment_call_experiment_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_experiment_call")),
    )
    with op.batch_alter_table("experiment_call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_experiment_call_experiment_id"), ["experiment_id"], unique=False)

    with op.batch_alter_table("content_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("approved_by", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("source", JsonText(), nullable=True))

    # Versions published before this migration are numbered in the order they came.
    op.execute(
        sa.text(
            "UPDATE content_version SET number = (SELECT COUNT(*) FROM content_version AS earlier WHERE earlier.kind = content_version.kind"
            " AND earlier.name = content_version.name AND (earlier.published_at < content_version.published_at"
            " OR (earlier.published_at = content_version.published_at AND earlier.sha256 <= content_version.sha256)))"
        )
    )
    dialect = op.get_bind().dialect.name
    for table in ("flow_draft_revision", "publication_event"):
        for statement in guard_statements(table, dialect):
            op.execute(sa.text(statement.replace(":", "\\:")))
