"""Lets Python run the command line where no script was installed: `python -m rollcall_agent.cli`."""

import sys

from rollcall_agent.cli import main

sys.exit(main())
