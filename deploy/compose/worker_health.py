"""Whether the Celery worker of this container takes jobs: exits with 0 if so.

    python worker_health.py USER_CELERY_BROKER_URL

Workers listen to no port, and remote control is off. But one that takes jobs asks the broker for
the next one every second, and the broker knows when a connection from here did that last.
"""

import os
import sys

from redis import Redis

IDLE_SECONDS = 20


def is_asking(client: dict[str, str], host: str) -> bool:
    """Whether a line of CLIENT LIST is of a connection from `host` that waits for jobs."""
    return (
        client["addr"].rpartition(":")[0] == host
        and client["cmd"] == "brpop"
        and int(client["idle"]) <= IDLE_SECONDS
    )


def main(variable: str) -> None:
    """Asks the broker that the variable names."""
    with Redis.from_url(os.environ[variable], socket_timeout=3) as broker:
        here = broker.client_info()["addr"].rpartition(":")[0]
        if not any(is_asking(client, here) for client in broker.client_list()):
            sys.exit(f"no connection from {here} has asked for a job in {IDLE_SECONDS} s")


if __name__ == "__main__":
    main(sys.argv[1])
