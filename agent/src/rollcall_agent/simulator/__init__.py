"""A fleet of make-believe devices with known truth."""
