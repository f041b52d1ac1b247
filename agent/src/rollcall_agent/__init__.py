"""Rollcall's agent: tells how this device starts and what fails, small, quiet and private."""

__version__ = "0.1.0"
