"""Moves the whole store from SQLite to PostgreSQL while it is in use; README.md says how."""
