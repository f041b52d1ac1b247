"""The nouns of the collector as frozen dataclasses: no I/O, no clock."""
