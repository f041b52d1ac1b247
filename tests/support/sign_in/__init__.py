"""Providers to sign in at: a real one in Node, and a small one that can also say what no real one would."""
