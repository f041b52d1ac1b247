"""Signs people in by the accounts that the school has already, with OpenID Connect: a kind of provider is one file."""
