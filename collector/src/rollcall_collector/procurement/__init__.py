"""What to buy, repair and claim: a plan for a budget, from the judging and the flags, on paper and in spreadsheets."""
