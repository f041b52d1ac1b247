"""How often a device fails beside its peers: incidents, expectation, posterior, lists."""
