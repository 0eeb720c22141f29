from tests.databases import clock, database, ids

__all__ = ["clock", "database", "ids"]
