"""The page that answers: what do I buy, repair, claim, and why."""
