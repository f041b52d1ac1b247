"""How long honest devices wait for their acks while another floods, for each kind of flood and each broker.

SECONDS is how long each flood lasts: 60 for the record. KINDS and BROKERS choose some of them, with commas between.
"""

import os
import tempfile
from pathlib import Path

from tests.support.brokers.either import BROKERS
from tests.support.faults.flooded import HONEST, flooded_school
from tests.support.faults.flooding import KINDS
from tests.support.require import find

SECONDS = float(os.environ.get("SECONDS", "60"))
TEN = tuple(KINDS[number % len(KINDS)] for number in range(10))


def main() -> None:
    kinds = os.environ.get("KINDS", ",".join([*KINDS, "ten"])).split(",")
    for broker in os.environ.get("BROKERS", ",".join(BROKERS)).split(","):
        if broker == "mosquitto" and find("mosquitto") is None:
            print("skipped: mosquitto is not installed here")
            continue
        with (
            tempfile.TemporaryDirectory(prefix="rollcall-bench-") as folder,
            flooded_school(Path(folder), broker, len(kinds) + len(TEN)) as school,
        ):
            print(f"{broker:<10} nobody floods      {school.waits(min(SECONDS, 10))}", flush=True)
            for number, kind in enumerate(kinds):
                first = HONEST + 1 + number
                waits = school.waits_beside(TEN if kind == "ten" else [kind], SECONDS, first=first)
                who = "ten, all kinds" if kind == "ten" else f"one, {kind}"
                print(f"{broker:<10} {who:<18} {waits}", flush=True)


if __name__ == "__main__":
    main()
