"""What to buy again: each model's record, its ageing, its start-ups, and the advice."""
