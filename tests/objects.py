"""The object store of local mode on a real socket, for tests of what keeps objects."""

import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from uvicorn import Config

from deploy.local.vendors.objects import ObjectStore
from deploy.local.vendors.process import Server
from deploy.local.vendors.settings import ACCESS_KEY
from libs.clock import Clock, SystemClock
from tests.deploy.vendors.running import free_port, serving

SECRET = "a test's object store secret, made up"
OUTSIDE = "http://files.test"
NOWHERE: dict[str, Any] = {
    "objects_url": "http://127.0.0.1:1",
    "objects_public_url": OUTSIDE,
    "objects_access_key": ACCESS_KEY,
    "objects_secret_key": SECRET,
}
"""Settings for tests that sign at most."""


@asynccontextmanager
async def object_store(
    clock: Clock | None = None, folder: Path | None = None
) -> AsyncIterator[dict[str, Any]]:
    """A running store with both buckets, and the settings that lead to it, from everywhere.

    It reads the time from `clock`, as whoever signs does, and keeps its files in `folder`.
    """
    told = clock or SystemClock()
    with tempfile.TemporaryDirectory(prefix="studyzed-objects-") as own:
        store = ObjectStore(folder or Path(own), SECRET, lambda: told.now().timestamp())
        port = free_port()
        config = Config(store.app(), lifespan="off", ws="none", log_level="warning")
        async with serving(Server(config), port):
            address = f"http://127.0.0.1:{port}"
            yield NOWHERE | {"objects_url": address, "objects_public_url": address}


def kept(folder: Path) -> dict[str, list[str]]:
    """The keys of the objects in a store's folder, by bucket, in order."""
    found: dict[str, list[str]] = {}
    for note in folder.glob("*.json"):
        bucket, _, key = json.loads(note.read_text())["name"].partition("/")
        found.setdefault(bucket, []).append(key)
    return {bucket: sorted(keys) for bucket, keys in found.items()}
