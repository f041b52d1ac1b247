"""What a cart's code opens, and what teachers say of its devices."""
