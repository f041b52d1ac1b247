"""What stays on a machine: the loop that looks, keeps and sends, and whose machine it is."""
