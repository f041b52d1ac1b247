"""The page that answers: what should we buy again."""
