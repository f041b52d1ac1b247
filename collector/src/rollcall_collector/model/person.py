"""Who may look at the pages: the roles there are, and how long a sign-in link is good."""

from typing import Literal, get_args

Role = Literal["admin", "technician", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)
LINK_MINUTES = 15
FIRST_LINK_MINUTES = 12 * 60
"""For a link that is printed where Rollcall was started, to pages that only this computer reaches."""
HANDED_LINK_MINUTES = 24 * 60
"""For a link that is made on a page, to be handed to somebody else."""
