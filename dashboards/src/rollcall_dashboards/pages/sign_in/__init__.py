"""The page that answers: who is there."""
