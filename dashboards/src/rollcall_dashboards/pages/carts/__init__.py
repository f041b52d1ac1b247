"""The page that answers: which carts can be used now and next."""
