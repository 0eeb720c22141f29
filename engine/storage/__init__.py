"""Our own database: SQLite in one process, or PostgreSQL. One store per noun; no repository interfaces, since it is ours."""
