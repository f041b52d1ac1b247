"""Rollcall's collector: keeps what devices report, judges it, and says which cart is ready."""
