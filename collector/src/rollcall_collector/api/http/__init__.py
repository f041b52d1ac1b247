"""What every resource stands on: the server, who is asking, what is refused, and the services at hand."""
