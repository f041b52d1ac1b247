"""The page that answers: how does a device come in."""
