"""The schema, one file per family of nouns. Rows are not domain values: domain classes validate, rows store.

Importing this package registers every table on SQLModel.metadata, which migrations are compared with.
"""

from engine.storage.tables import calls, content, customers, outcomes, people, quality, work
from engine.storage.tables.base import metadata

__all__ = ["calls", "content", "customers", "metadata", "outcomes", "people", "quality", "work"]
