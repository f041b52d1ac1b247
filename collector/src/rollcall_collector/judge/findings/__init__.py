"""What may be found of a device: one file a finding, each a `Rule`, all of them in the registry."""
