"""The page that answers: which devices are like this."""
