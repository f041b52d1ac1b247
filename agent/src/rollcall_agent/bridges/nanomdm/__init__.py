"""iPads that NanoMDM manages: its webhook is listened to, and where that is allowed they are asked through it."""

from rollcall_agent.bridges.nanomdm.service import BRIDGE

__all__ = ["BRIDGE"]
