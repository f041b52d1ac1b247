"""Who may look at the pages: the roles there are, and how long a sign-in link is good."""

from typing import Literal, get_args

Role = Literal["admin", "technician", "viewer"]
ROLES: tuple[Role, ...] = get_args(Role)
LINK_MINUTES = 15
