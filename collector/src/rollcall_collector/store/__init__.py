"""Keeps what is known: one schema, SQLite or PostgreSQL behind it."""
