"""What happens to make-believe devices: starts, failures, wear, updates, school years."""
