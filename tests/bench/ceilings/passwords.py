"""The bare rate of argon2id with the project's parameters.

python -m tests.bench.ceilings.passwords    reads {"seconds", "threads"}, writes {"rate"} (JSON)
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher


def main() -> None:
    """Verifies one password over and over in as many threads as user_service uses."""
    wanted = json.load(sys.stdin)
    hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
    encoded = hasher.hash("a password")

    def verify_until(deadline: float) -> int:
        done = 0
        while time.perf_counter() < deadline:
            hasher.verify(encoded, "a password")
            done += 1
        return done

    threads: int = wanted["threads"]
    with ThreadPoolExecutor(threads) as pool:
        begun = time.perf_counter()
        done = sum(pool.map(verify_until, [begun + wanted["seconds"]] * threads))
        print(json.dumps({"rate": done / (time.perf_counter() - begun)}))  # noqa: T201


if __name__ == "__main__":
    main()
