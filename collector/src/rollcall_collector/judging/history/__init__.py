"""Reads the fleet's history from columns that are kept beside the facts: a night reads only what is new."""
