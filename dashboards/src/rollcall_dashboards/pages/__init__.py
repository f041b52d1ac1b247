"""The pages: one folder each, with its view, template, query, wording and drawings."""
