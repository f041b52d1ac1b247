"""What the resident agent costs a device, beside two well-known agents that run at the same time.

This process imports nothing that would map the libraries the agent maps: shared pages would flatter its PSS. What it
starts loads private copies of the TLS libraries; only the agent loads the system's.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LIBRARIES = ("libssl.so.3", "libcrypto.so.3", "libsqlite3.so.0")


def main() -> None:
    """Measure in a process of its own."""
    folder = Path(f"/tmp/footprint-{os.getpid()}")  # tempfile would load libcrypto
    folder.mkdir(mode=0o700)
    try:
        for name in LIBRARIES:
            found = next((path for path in Path("/usr/lib").glob(f"*/{name}")), None)
            if found is not None:
                shutil.copy(found, folder / name)
        env = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
        subprocess.run([sys.executable, "-m", "tests.support.footprint"], env=env, check=True, timeout=600)
    finally:
        shutil.rmtree(folder)
