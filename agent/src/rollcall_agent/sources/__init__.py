"""What one device can tell; one file a source of facts."""
