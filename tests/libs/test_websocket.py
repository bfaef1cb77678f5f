"""The loop of a socket: handshake, refusals, limits, and each reason to be closed."""

import asyncio
import json
import socket as sockets_of_the_system
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from libs import metrics, redis
from libs.auth import AccountBlocked
from libs.clock import FixedClock
from libs.connection import Caps, Close, Connection
from libs.errors import NotFound
from libs.frames import Auth, Frame, Ping
from libs.revocations import REVOKED, Revocations
from libs.settings import RedisSettings
from libs.tokens import TokenVerifier, http_keys
from libs.websocket import Sockets
from tests.sockets import Client, dial, listening
from tests.stack import Stack, User, eventually

QUICK = Caps(handshake_seconds=0.3, stalled_seconds=0.5, closing_seconds=1, watch_seconds=0.05)


class Say(Frame):
    """Echoed `times` times; some texts make trouble."""

    type: Literal["say"]
    text: str
    times: int = 1


FRAMES: TypeAdapter[Auth | Ping | Say] = TypeAdapter(
    Annotated[Auth | Ping | Say, Field(discriminator="type")]
)


class NoSuchText(NotFound):
    """There is no such text."""

    code = "no_such_text"


@dataclass
class Endpoint:
    """A server with one socket route that echoes."""

    stack: Stack
    clock: FixedClock
    caps: Caps
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    connections: list[Connection] = field(default_factory=list)
    port: int = 0
    sockets: Sockets = field(init=False)
    revocations: Revocations = field(init=False)

    async def connect(self, socket: WebSocket) -> None:
        """The route."""
        connection = await self.sockets.admit(socket)
        if connection is None:
            return
        self.connections.append(connection)

        async def on_frame(frame: Say) -> None:
            if frame.text == "unknown":
                raise NoSuchText
            if frame.text == "crash":
                raise RuntimeError("a fault of ours")
            for _ in range(frame.times):
                connection.send(json.dumps({"type": "said", "text": frame.text}))

        async def on_open() -> None:
            connection.send('{"type":"ready"}')

        await self.sockets.serve(connection, FRAMES, on_frame, on_open)

    async def raw(self, **options: Any) -> Client:
        """A socket that has said nothing yet."""
        return Client(await dial(self.port, "/ws", **options))

    async def live(self, user: User, **options: Any) -> Client:
        """A socket that is ready."""
        client = await self.raw(**options)
        await client.tell("auth", token=user.token)
        assert await client.next() == {"type": "ready"}
        return client


@asynccontextmanager
async def serving(stack: Stack, caps: Caps) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(stack, FixedClock(datetime.now(UTC)), caps)
    client = redis.connect(RedisSettings(redis_url=stack.servers.redis_url))
    endpoint.revocations = Revocations(client)
    verifier = TokenVerifier(http_keys(stack.jwks_url), endpoint.clock)
    endpoint.sockets = Sockets(
        "message_service", verifier, endpoint.revocations, endpoint.clock, caps
    )
    watching = asyncio.create_task(endpoint.sockets.watch(endpoint.draining))
    async with listening(Starlette(routes=[WebSocketRoute("/ws", endpoint.connect)])) as port:
        endpoint.port = port
        yield endpoint
    watching.cancel()
    await client.aclose()


@pytest.fixture
async def endpoint(stack: Stack) -> AsyncIterator[Endpoint]:
    async with serving(stack, QUICK) as running:
        yield running


async def test_frames_are_answered(endpoint: Endpoint, as_user: Callable[..., User]) -> None:
    async with await endpoint.live(as_user()) as client:
        await client.tell("say", text="hello")
        assert await client.next() == {"type": "said", "text": "hello"}
        await client.tell("ping")
        assert await client.next() == {"type": "pong"}
        assert metrics.SOCKETS._value.get() >= 1


@pytest.mark.parametrize(
    "first",
    [
        "not json",
        '{"type":"say","text":"x"}',
        '{"type":"auth"}',
        '{"type":"auth","token":"x","extra":1}',
        b"\x00",
    ],
)
async def test_first_frame_must_be_the_token(endpoint: Endpoint, first: str | bytes) -> None:
    client = await endpoint.raw()
    await client.socket.send(first)
    assert await client.closed() == (4401, "auth_expected")
    assert endpoint.connections == []


async def test_no_token_in_time(endpoint: Endpoint) -> None:
    client = await endpoint.raw()
    assert await client.closed() == (4408, "auth_expected")


async def test_a_token_in_the_url_is_not_looked_at(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    client = Client(await dial(endpoint.port, f"/ws?token={as_user().token}"))
    assert await client.closed() == (4408, "auth_expected")


async def test_wrong_expired_and_revoked_tokens(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    from tests.stack import make_key

    blocked, ended = as_user(), as_user()
    endpoint.revocations._entries = frozenset(
        {f"blocked:{blocked.id}", f"login:{ended.principal.login_id}"}
    )
    cases = [
        ("abc", 4401, "token_invalid"),
        (as_user(key=make_key("test")).token, 4401, "token_invalid"),
        (as_user(lives=timedelta(seconds=-5)).token, 4401, "token_expired"),
        (ended.token, 4401, "login_revoked"),
        (blocked.token, 4403, "account_blocked"),
    ]
    for token, code, reason in cases:
        client = await endpoint.raw()
        await client.tell("auth", token=token)
        assert await client.closed() == (code, reason)
    assert endpoint.connections == []


async def test_keys_that_cannot_be_had_mean_try_later(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    endpoint.sockets._verifier = TokenVerifier(http_keys("http://127.0.0.1:9/"), endpoint.clock)
    client = await endpoint.raw()
    await client.tell("auth", token=as_user().token)
    assert await client.closed() == (1013, "unavailable")


async def test_bad_frames_are_answered_and_do_not_end_the_socket(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    async with await endpoint.live(as_user()) as client:
        for sent, code, ref in (
            ("nonsense", "bad_frame", None),
            ("[]", "bad_frame", None),
            ('{"type":"dance","ref":"7"}', "unknown_type", "7"),
            ('{"type":"say","ref":"8"}', "bad_frame", "8"),
            ('{"type":"say","text":"x","from":"me"}', "bad_frame", None),
            ('{"type":"say","text":"unknown","ref":"9"}', "no_such_text", "9"),
        ):
            await client.socket.send(sent)
            frame = await client.next()
            assert (frame["type"], frame["code"], frame.get("ref")) == ("error", code, ref)
        await client.socket.send(b"\x00binary")
        assert (await client.next())["code"] == "bad_frame"
        await client.tell("say", text="still here")
        assert (await client.next())["text"] == "still here"


async def test_a_bad_field_is_named_and_its_value_is_not(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    async with await endpoint.live(as_user()) as client:
        await client.tell("say", text=["s3cret"])
        frame = await client.next()
        assert frame["detail"].startswith("text: ")
        assert "s3cret" not in json.dumps(frame)


async def test_the_eleventh_bad_frame_ends_the_socket(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    client = await endpoint.live(as_user())
    for _ in range(10):
        await client.socket.send("nonsense")
        assert (await client.next())["code"] == "bad_frame"
    await client.socket.send("nonsense")
    assert await client.closed() == (4429, "bad_frame")


async def test_too_many_frames(endpoint: Endpoint, as_user: Callable[..., User]) -> None:
    client = await endpoint.live(as_user())
    answers = []
    for _ in range(111):
        await client.tell("ping")
    for _ in range(110):
        frame = await client.next()
        answers.append(frame.get("code", frame["type"]))
    assert answers == ["pong"] * 100 + ["too_many_frames"] * 10
    assert await client.closed() == (4429, "too_many_frames")


@pytest.mark.parametrize("letter", ["x", "é"])
async def test_a_frame_of_more_than_64_kilobytes(
    endpoint: Endpoint, as_user: Callable[..., User], letter: str
) -> None:
    client = await endpoint.live(as_user())
    around = len('{"type": "say", "text": ""}')
    room = (65_536 - around) // len(letter.encode())
    await client.socket.send(json.dumps({"type": "say", "text": letter * room}, ensure_ascii=False))
    assert (await client.next())["type"] == "said"
    over = {"type": "say", "text": letter * (room + 1)}
    await client.socket.send(json.dumps(over, ensure_ascii=False))
    assert await client.closed() == (1009, "frame_too_big")


async def test_our_own_fault_ends_the_socket(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    client = await endpoint.live(as_user())
    await client.tell("say", text="crash")
    assert await client.closed() == (1011, "internal_error")


async def test_token_expiry_ends_the_socket_unless_renewed(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    user = as_user(lives=timedelta(minutes=1))
    renewing, idle = await endpoint.live(user), await endpoint.live(user)
    longer = as_user(account_id=user.id, lives=timedelta(minutes=10))
    await renewing.tell("auth", token=as_user().token)
    assert (await renewing.next())["code"] == "other_account"
    await renewing.tell("auth", token=longer.token)
    assert await renewing.next() == {"type": "renewed"}
    endpoint.clock.move(timedelta(minutes=2))
    assert await idle.closed() == (4401, "token_expired")
    await renewing.tell("say", text="still here")
    assert (await renewing.next())["text"] == "still here"


async def test_block_and_logout_end_sockets_within_two_seconds(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    blocked, ended, other = as_user(), as_user(), as_user()
    clients = [await endpoint.live(user) for user in (blocked, ended, other)]
    client = redis.connect(RedisSettings(redis_url=endpoint.stack.servers.redis_url))
    following = asyncio.create_task(endpoint.revocations.run())
    later = datetime.now(UTC).timestamp() + 600
    entries = {f"blocked:{blocked.id}": later, f"login:{ended.principal.login_id}": later}
    await client.zadd(REVOKED, entries)
    await redis.signal(client, REVOKED)
    async with asyncio.timeout(2):
        assert await clients[0].closed() == (4403, AccountBlocked.code)
        assert await clients[1].closed() == (4401, "login_revoked")
    await clients[2].tell("ping")
    assert await clients[2].next() == {"type": "pong"}
    following.cancel()
    await client.zrem(REVOKED, *entries)
    await client.aclose()


async def test_drain_sends_all_sockets_elsewhere(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    clients = [await endpoint.live(as_user()) for _ in range(20)]
    endpoint.draining.set()
    async with asyncio.timeout(2):
        for client in clients:
            assert await client.closed() == (4012, "draining")
    late = await endpoint.raw()
    assert await late.closed() == (4012, "draining")


def deaf() -> sockets_of_the_system.socket:
    """A TCP socket with hardly any buffer, so that the server soon notices that nobody reads."""
    made = sockets_of_the_system.socket()
    made.setsockopt(sockets_of_the_system.SOL_SOCKET, sockets_of_the_system.SO_RCVBUF, 4_096)
    made.setblocking(False)
    return made


async def slow(endpoint: Endpoint, user: User) -> Client:
    """A ready socket that from now on does not read."""
    made = deaf()
    await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", endpoint.port))
    client = await endpoint.live(user, sock=made, max_queue=1)
    client.socket.transport.pause_reading()
    return client


async def test_v_a9_a_slow_client_is_cut_off_at_one_megabyte(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    """It ends with a resumable code; the others do not notice."""
    endpoint.sockets._caps = Caps(watch_seconds=0.05)
    other = await endpoint.live(as_user())
    stuck = await slow(endpoint, as_user())
    victim = endpoint.connections[-1]
    frame = json.dumps({"type": "said", "text": "x" * 60_000})
    sent = 0
    while victim._ending is None:
        assert sent < 100, "nobody stopped it"
        victim.send(frame)
        sent += 1
        await asyncio.sleep(0)
        assert victim._queued <= 1_000_000
        if sent % 10 == 0:
            await other.tell("ping")
            assert await other.next(1) == {"type": "pong"}
    assert victim._ending == (Close.TOO_SLOW, "too_slow")
    stuck.socket.transport.resume_reading()
    assert await stuck.closed() == (4013, "too_slow")
    await other.tell("ping")
    assert await other.next(1) == {"type": "pong"}


async def test_v_a9_a_stalled_client_is_cut_off_after_a_while(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    """Far less than a megabyte waits, but it does not leave; in earnest the time is 10 s."""
    stuck = await slow(endpoint, as_user())
    victim = endpoint.connections[-1]
    for _ in range(14):
        victim.send(json.dumps({"type": "said", "text": "x" * 60_000}))

    async def ended() -> bool:
        return victim._ending == (Close.TOO_SLOW, "too_slow")

    await eventually(ended, 3)
    stuck.socket.transport.resume_reading()
    assert await stuck.closed() == (4013, "too_slow")


async def test_a_client_that_never_reads_does_not_keep_its_socket(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    stuck = await slow(endpoint, as_user())
    victim = endpoint.connections[-1]
    for _ in range(14):
        victim.send(json.dumps({"type": "said", "text": "x" * 60_000}))

    async def gone() -> bool:
        return victim not in endpoint.sockets._open

    await eventually(gone, 5)
    stuck.socket.transport.abort()


async def test_a_client_that_vanishes_is_forgotten(
    endpoint: Endpoint, as_user: Callable[..., User]
) -> None:
    client = await endpoint.live(as_user())
    client.socket.transport.abort()

    async def gone() -> bool:
        return not endpoint.sockets._open

    await eventually(gone, 3)
    endpoint.connections[-1].send("{}")  # nobody is there, and nothing happens
