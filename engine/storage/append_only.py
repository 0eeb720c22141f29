"""Tables that only grow: the database itself refuses to change or delete their rows.

Each guard is written into the migration that makes its table; listed here so that `stayline doctor` and a test can check them.
"""

APPEND_ONLY = ("call_event", "receipt", "audit_entry", "offer_decision", "flow_draft_revision", "publication_event")

_REFUSE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
)


def guard_statements(table: str, dialect: str) -> list[str]:
    """The statements that put the guard on a table."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_keeps_{word.lower()} BEFORE {word} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for word in ("UPDATE", "DELETE")
        ]
    return [
        _REFUSE,
        f"CREATE TRIGGER {table}_keeps BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ]
