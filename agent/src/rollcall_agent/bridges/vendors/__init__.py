"""Services that schools buy to manage their iPads; one file a service, what they have in common beside it."""
