"""Throw-away servers with databases and the whole environment: for `with-servers`."""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from deploy.local import environment, keys, ports, provision, servers


@contextmanager
def throw_away(names: Collection[str]) -> Iterator[dict[str, str]]:
    """Runs servers and yields the environment of a platform that uses them.

    Its databases exist and are empty; ports of servers that were not asked for lead nowhere.
    """
    with servers.throw_away(names) as running:
        chosen = dict(zip(environment.PORTS, ports.choose(len(environment.PORTS)), strict=True))
        made = dict(keys.throw_away())
        if "postgres" in names:
            made["postgres_password"] = running.postgres_password
        layout = environment.Layout(
            ports=chosen | running.ports,
            keys=made,
            data=running.directory,
            gateway_port=ports.choose(1)[0],
            mode="test",
        )
        if "postgres" in names:
            asyncio.run(_provision(layout.superuser_url))
        yield environment.build(layout)


async def _provision(superuser_url: str) -> None:
    for service in environment.ON_POSTGRES:
        await provision.provision(superuser_url, service)
