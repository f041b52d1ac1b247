"""The page that answers: what is the matter with this one."""
