"""The page that answers: is Rollcall itself well."""
