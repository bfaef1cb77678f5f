"""`/status.json` of a running platform."""

import http.client
import json
from dataclasses import dataclass

from deploy.local.ports import HOST

TIMEOUT = 5.0


@dataclass(frozen=True)
class Status:
    """Whether all parts are ready, and what is said about those that are not."""

    ready: bool
    waiting: dict[str, str]


def ask(port: int) -> Status | None:
    """Asks the gateway on this port; `None` when nobody answers there yet."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/status.json")
        answer = connection.getresponse()
        parts = json.loads(answer.read())["parts"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return None
    finally:
        connection.close()
    waiting = {part["name"]: part["detail"] for part in parts if not part["ready"]}
    return Status(ready=answer.status == 200, waiting=waiting)
