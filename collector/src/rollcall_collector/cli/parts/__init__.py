"""What several verbs share: how a collector is put together, its store, log and printing."""
