"""Receives messages, keeps or refuses their reports, then acknowledges."""
