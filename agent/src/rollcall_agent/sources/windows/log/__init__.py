"""What Windows' event logs hold: how they are read, and what is known of starts and stops from them."""
