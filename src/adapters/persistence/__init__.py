"""Users, sessions and tasks in SQLite or PostgreSQL, by SQLAlchemy Core."""
