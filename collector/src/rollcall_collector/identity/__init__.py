"""Knows who may speak and who may look: enrollment, credentials, sign-in."""
