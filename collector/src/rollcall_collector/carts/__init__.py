"""Says how many devices of a cart are ready: pure functions."""
