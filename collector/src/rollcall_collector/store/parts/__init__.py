"""Whether the parts of a collector are well, as any process over the same store can read it."""
