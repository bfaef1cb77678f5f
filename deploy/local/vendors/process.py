"""The process: two HTTP ports and a mail port on one event loop, until it is told to stop."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from deploy.local.portal import Portal
from deploy.local.vendors import mail
from deploy.local.vendors.faults import Faults
from deploy.local.vendors.fcm import Fcm
from deploy.local.vendors.mail import Mailbox
from deploy.local.vendors.objects import ObjectStore
from deploy.local.vendors.settings import BadSettings, Settings
from deploy.local.vendors.stripe.account import Account
from deploy.local.vendors.stripe.api import StripeApi
from deploy.local.vendors.stripe.dev import StripeDev
from deploy.local.vendors.stripe.store import Store
from deploy.local.vendors.stripe.webhooks import Webhooks

HOST = "127.0.0.1"
GRACE_SECONDS = 1
BACKLOG = 1024


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: two servers share this process's own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say when the port accepts connections."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the process."""
        yield


class Vendors:
    """Everything that the process plays, put together from the settings."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.store = Store(settings.data / "vendors" / "stripe.sqlite3")
        self.store.prune(now())
        self.account = Account(self.store, now, settings.public_url, self._wake)
        self.webhooks = Webhooks(self.account, settings.webhook_url, settings.webhook_secret)
        self.mailbox = Mailbox(now)
        self.portal = Portal(settings, now)
        self.objects = ObjectStore(settings.data / "objects", settings.objects_secret, now).app()
        self.web = self._web(now)

    def _wake(self) -> None:
        self.webhooks.wake()

    def _web(self, now: Callable[[], float]) -> Starlette:
        faults = Faults()
        routes: list[BaseRoute] = [
            Mount("/stripe", StripeApi(self.account, faults)),
            *StripeDev(self.account, self.webhooks, faults).routes(),
            *Fcm(now).routes(),
            *self.mailbox.routes(),
            *self.portal.routes(),
        ]
        return Starlette(routes=routes)

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] | None = None) -> None:
        """Serve until `stop` is set. `ready` is called once all ports accept connections."""
        settings = self.settings
        web = _server(self.web), bind("STUDYZED_VENDORS_PORT", settings.vendors_port)
        files = _server(self.objects), bind("STUDYZED_OBJECTS_PORT", settings.objects_port)
        smtp = await mail.serve(self.mailbox, bind("STUDYZED_SMTP_PORT", settings.smtp_port))
        try:
            # A part that fails ends the group, and with it the process: it is started afresh.
            async with asyncio.TaskGroup() as group:
                senders = [
                    group.create_task(self.webhooks.run()),
                    group.create_task(self.webhooks.run_expiry()),
                ]
                servers = [web, files]
                for server, sock in servers:
                    group.create_task(server.serve([sock]))
                for server, _ in servers:
                    await server.listening.wait()
                if ready:
                    ready()
                await stop.wait()
                for sender in senders:
                    sender.cancel()
                for server, _ in servers:
                    server.should_exit = True
        finally:
            smtp.close()
            await self.portal.close()
            self.store.close()


def _server(app: ASGIApp) -> Server:
    config = uvicorn.Config(
        app, http="httptools", ws="none", lifespan="off", access_log=False, log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS, server_header=False,
    )  # fmt: skip
    return Server(config)


def bind(name: str, port: int) -> socket.socket:
    """A listening socket on this port; raises `BadSettings` that names the variable to change."""
    # The protocol is named because asyncio sets TCP_NODELAY on such sockets only; without it
    # every answer on a kept connection waits 40 ms for the client's acknowledgement.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
        # At once: until it listens, the address is not taken for another process that asks.
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        reason = error.strerror or str(error)
        raise BadSettings(f"Port {port} cannot be used ({reason}): change {name}.") from error
    return sock


async def main(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; raises `BadSettings` when a port is taken."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await Vendors(settings).run(stop)
