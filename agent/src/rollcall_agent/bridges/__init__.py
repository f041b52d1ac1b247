"""What a service can tell of many devices; one file a bridge."""
