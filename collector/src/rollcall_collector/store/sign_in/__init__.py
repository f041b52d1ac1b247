"""Keeps how people sign in: accounts at a provider, passwords, what gives a role, sessions."""
