"""For programs: where the REST API is told."""
