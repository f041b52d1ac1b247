"""What was judged and decided: flags, verdicts, judgings, starts beside their peers."""
