"""Access tokens: what is refused, how keys are fetched and rotated, how revocations are felt."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from jose import jwk, jwt
from redis.exceptions import RedisError

from deploy.local.servers import Servers
from libs import auth, redis, tokens
from libs import redis as signals
from libs.auth import AccountBlocked, LoginRevoked, Principal, Role
from libs.clock import FixedClock, SystemClock
from libs.deps import Admin, CurrentUser, Tutor
from libs.errors import AppError, Unavailable
from libs.ids import new_id
from libs.postgres import Database
from libs.revocations import COMPLETE, REVOKED, Revocations
from libs.tokens import FIRST_FETCH_SECONDS, KEYS_LIVE_SECONDS, SigningKey, TokenVerifier
from tests.conftest import SettingsFor
from tests.libs.parts import Parts
from tests.objects import NOWHERE
from tests.stack import eventually, make_key
from user_service.audit import chain
from user_service.keys import service
from user_service.keys.ring import RELOAD, KeyRing
from user_service.settings import Settings as UserSettings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = make_key("one")
OTHER = make_key("two")
PUBLIC_PEM = jwk.construct(KEY.public_jwk(), "RS256").to_pem().decode()
SECRET = "a secret of the tests, long and varied: 8302"


def principal(**changed: Any) -> Principal:
    values: dict[str, Any] = {
        "account_id": new_id(),
        "user_code": "TESTX-1",
        "role": Role.TUTOR,
        "login_id": new_id(),
        "expires_at": NOW + timedelta(minutes=10),
    }
    return Principal(**(values | changed))


class Published:
    """Keys as an address would give them out; counts the fetches."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.fetches = 0
        self.away = False

    async def __call__(self) -> list[dict[str, Any]]:
        self.fetches += 1
        await asyncio.sleep(0)
        if self.away:
            raise httpx.ConnectError("away")
        return [key.public_jwk() for key in self.keys]


def verifier(published: Published, clock: FixedClock | None = None) -> TokenVerifier:
    return TokenVerifier(published, clock or FixedClock(NOW))


def sign(claims: dict[str, Any], key: SigningKey = KEY, **headers: Any) -> str:
    return str(jwt.encode(claims, key._key, "RS256", headers={"kid": key.kid} | headers))


def unsigned(token: str, **header: Any) -> str:
    """The token's claims under another header and without a signature."""
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


async def refusal(token: str, published: Published | None = None) -> str:
    with pytest.raises(AppError) as caught:
        await verifier(published or Published(KEY)).verify(token)
    return caught.value.code


async def test_a_token_names_its_caller() -> None:
    caller = principal()
    assert await verifier(Published(KEY)).verify(KEY.sign(caller, NOW)) == caller


async def test_u_a8_forged_tokens_are_refused() -> None:
    good = principal().claims(NOW)
    token = KEY.sign(principal(), NOW)
    public = base64.urlsafe_b64encode(PUBLIC_PEM.encode()).decode().rstrip("=")
    symmetric = jwk.construct({"kty": "oct", "k": public}, "HS256")
    hs256 = jwt.encode(good, symmetric, "HS256", headers={"kid": "one"})
    forged = {
        "alg none": unsigned(token, alg="none", kid="one"),
        "alg NONE": unsigned(token, alg="NONE", kid="one"),
        "no alg": unsigned(token, kid="one"),
        "no signature": unsigned(token, alg="RS256", kid="one"),
        "HS256 with the public key": hs256,
        "another key under this id": sign(good, OTHER, kid="one"),
        "changed claims": token.split(".")[0] + "." + sign(good | {"role": "admin"}).split(".")[1]
        + "." + token.split(".")[2],
        "audience": sign(good | {"aud": "elsewhere"}),
        "issuer": sign(good | {"iss": "elsewhere"}),
        "refresh": sign(good | {"typ": "refresh"}),
        "role": sign(good | {"role": "owner"}),
        "subject": sign(good | {"sub": "me"}),
    }  # fmt: skip
    for name in ("aud", "iss", "sub", "exp", "iat", "typ", "sid", "role", "code"):
        forged[f"no {name}"] = sign({k: v for k, v in good.items() if k != name})
    codes = {name: await refusal(forgery) for name, forgery in forged.items()}
    assert codes == dict.fromkeys(forged, "token_invalid")


@given(st.text(max_size=60))
async def test_u_a8_garbage_is_refused(garbage: str) -> None:
    assert await refusal(garbage.encode("utf-8", "replace").decode()) == "token_invalid"


async def test_a_token_expires_even_if_its_check_is_cached() -> None:
    clock = FixedClock(NOW)
    checks = verifier(Published(KEY), clock)
    token = KEY.sign(principal(), NOW)
    clock.move(timedelta(minutes=10) - timedelta(seconds=1))
    await checks.verify(token)
    clock.move(timedelta(seconds=1))
    with pytest.raises(auth.TokenExpired):
        await checks.verify(token)


async def test_u_a8_unknown_keys_are_fetched_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [1_000.0]
    monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: at[0]))
    published = Published(KEY)
    checks = verifier(published)
    strange = OTHER.sign(principal(), NOW)

    async def flood() -> set[str]:
        results = await asyncio.gather(
            *(checks.verify(strange) for _ in range(50)), return_exceptions=True
        )
        return {getattr(error, "code", "passed") for error in results}

    await checks.verify(KEY.sign(principal(), NOW))
    assert published.fetches == 1
    assert await flood() == {"token_invalid"}
    at[0] += 59
    assert await flood() == {"token_invalid"}
    assert published.fetches == 1
    at[0] += 1
    assert await flood() == {"token_invalid"}
    assert published.fetches == 2
    published.keys.append(OTHER)
    at[0] += 60
    assert await flood() == {"passed"}
    assert published.fetches == 3


async def test_without_any_key_the_answer_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [1_000.0]
    monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: at[0]))
    published = Published(KEY)
    published.away = True
    checks = verifier(published)
    token = KEY.sign(principal(), NOW)
    tries = await asyncio.gather(*(checks.verify(token) for _ in range(20)), return_exceptions=True)
    assert {type(error) for error in tries} == {Unavailable}
    assert published.fetches == 1
    published.away = False
    at[0] += FIRST_FETCH_SECONDS
    await checks.verify(token)


async def test_keys_in_hand_survive_an_outage_and_the_cache_a_same_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published = Published(KEY)
    checks = verifier(published)
    token = KEY.sign(principal(), NOW)
    await checks.verify(token)
    for away, keys in ((True, [KEY]), (False, [])):
        published.away, published.keys = away, keys
        with pytest.raises(Unavailable):
            await checks.load()
        await checks.verify(KEY.sign(principal(), NOW))
    published.keys = [KEY]
    await checks.load()
    assert len(checks._cache) == 3


async def test_a_withdrawn_key_is_felt_and_the_cache_emptied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = [1_000.0]
    monkeypatch.setattr(tokens, "time", SimpleNamespace(monotonic=lambda: at[0]))
    published = Published(KEY, OTHER)
    checks = verifier(published)
    token = KEY.sign(principal(), NOW)
    await checks.verify(token)
    published.keys = [OTHER]
    await checks.verify(token)
    at[0] += KEYS_LIVE_SECONDS + 1
    await checks.verify(token)  # starts the fetch beside this request

    async def refused() -> bool:
        try:
            await checks.verify(token)
        except auth.TokenInvalid:
            return True
        return False

    await eventually(refused, seconds=2)
    assert published.fetches == 2
    await checks.verify(OTHER.sign(principal(), NOW))


async def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CACHE_SIZE", 3)
    checks = verifier(Published(KEY))
    for _ in range(5):
        await checks.verify(KEY.sign(principal(), NOW))
    assert len(checks._cache) == 3


async def test_u_a8_rotation_fails_no_request(settings_for: SettingsFor) -> None:
    settings = await settings_for(
        UserSettings,
        "user_service",
        **NOWHERE | {"key_secret": SECRET, "code_secret": SECRET, "audit_secret": SECRET},
        smtp_url="smtp://x",
    )
    clock = FixedClock(SystemClock().now())
    database = Database(settings, clock, info=chain.info(settings))
    ring = KeyRing(database, SECRET)
    fetches = 0

    async def fetch() -> list[dict[str, Any]]:
        nonlocal fetches
        fetches += 1
        return await ring.public_jwks()

    checks = TokenVerifier(fetch, clock)
    used: set[str] = set()
    made: list[str] = []
    for number in range(1_000):
        if number in (300, 600):
            if number == 600:
                await checks.load()  # as after a minute: the key after the next one is published
            async with database.transaction() as session:
                await service.rotate(session, SECRET, clock.now(), hurried=True)
            clock.move(RELOAD)
        now = clock.now()
        caller = principal(expires_at=(now + timedelta(minutes=10)).replace(microsecond=0))
        token = await ring.sign(caller, now)
        made.append(token)
        used.add(jwt.get_unverified_header(token)["kid"])
        assert await checks.verify(token) == caller
        assert (await checks.verify(made[number // 2])).user_code == "TESTX-1"
    await database.close()
    assert len(used) == 3
    assert fetches == 2


class Revoking:
    """user_service's side of the set of revocations."""

    def __init__(self, parts: Parts) -> None:
        self.redis = redis.connect(parts.settings)

    async def add(self, entry: str, *, signal: bool = True, lives: float = 60) -> None:
        try:
            await self.redis.ping()
        except RedisError:  # the first call after a restart finds a dead connection
            await self.redis.ping()
        await self.redis.zadd(REVOKED, {entry: time.time() + lives})
        if signal:
            await signals.signal(self.redis, REVOKED)


@pytest.fixture
async def revoking(parts: Parts) -> AsyncIterator[Revoking]:
    made = Revoking(parts)
    yield made
    await made.redis.aclose()


@pytest.fixture
async def revocations(parts: Parts) -> AsyncIterator[Revocations]:
    client = redis.connect(parts.settings)
    made = Revocations(client)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.wait([task])
    await client.aclose()


async def felt(revocations: Revocations, caller: Principal) -> bool:
    try:
        revocations.check(caller)
    except (AccountBlocked, LoginRevoked):
        return True
    return False


async def test_a_revocation_is_felt_at_once(revocations: Revocations, revoking: Revoking) -> None:
    await asyncio.sleep(0.2)
    login, account, free = principal(), principal(), principal()
    await revoking.add(f"login:{login.login_id}")
    await eventually(lambda: felt(revocations, login), seconds=0.5, every=0.01)
    await revoking.add(f"blocked:{account.account_id}")
    await eventually(lambda: felt(revocations, account), seconds=0.5, every=0.01)
    with pytest.raises(LoginRevoked):
        revocations.check(login)
    with pytest.raises(AccountBlocked):
        revocations.check(account)
    assert not await felt(revocations, free)


async def test_a_revocation_without_a_signal_is_felt_within_two_seconds(
    revocations: Revocations, revoking: Revoking
) -> None:
    await asyncio.sleep(0.2)
    caller, forgotten = principal(), principal()
    await revoking.add(f"login:{caller.login_id}", signal=False)
    await revoking.add(f"login:{forgotten.login_id}", signal=False, lives=-1)
    await eventually(lambda: felt(revocations, caller), seconds=2.2)
    assert not await felt(revocations, forgotten)


async def test_a_revocation_is_felt_after_redis_came_back(
    revocations: Revocations, revoking: Revoking, servers: Servers
) -> None:
    before, after = principal(), principal()
    await revoking.add(f"login:{before.login_id}")
    await eventually(lambda: felt(revocations, before), seconds=2.2)
    servers.kill("redis")
    try:
        await asyncio.sleep(0.3)
        assert await felt(revocations, before)  # the last copy stands
    finally:
        servers.start("redis")
    await revoking.add(f"login:{after.login_id}")
    await eventually(lambda: felt(revocations, after), seconds=2.2)


async def test_a_blocked_account_never_passes_while_redis_has_lost_the_set(
    revoking: Revoking,
) -> None:
    """Until user_service has written it anew, and said that it is complete."""
    copy, blocked, other = Revocations(revoking.redis), principal(), principal()
    await revoking.redis.delete(REVOKED)
    await revoking.add(COMPLETE)
    await revoking.add(f"blocked:{blocked.account_id}")
    await copy.load()
    assert await felt(copy, blocked)
    await revoking.redis.delete(REVOKED)
    await copy.load()
    assert await felt(copy, blocked)
    await revoking.add(f"blocked:{other.account_id}")  # half of it is back
    await copy.load()
    assert await felt(copy, blocked)
    assert await felt(copy, other)
    await revoking.add(COMPLETE)
    await copy.load()
    assert not await felt(copy, blocked)  # forgiven meanwhile
    assert await felt(copy, other)


router = APIRouter()


@router.get("/me")
async def me(user: CurrentUser) -> str:
    return user.user_code


@router.get("/tutors")
async def tutors(user: Tutor) -> str:
    return user.user_code


@router.get("/admins")
async def admins(user: Admin) -> str:
    return user.user_code


async def test_statuses_over_http(parts: Parts) -> None:
    from libs.app import About, build_app

    tutor, student, blocked = principal(), principal(role=Role.STUDENT), principal()
    admin, reads = principal(role=Role.ADMIN), frozenset({"test:read"})
    narrowed, viewing = replace(admin, scopes=reads), replace(admin, actor_id=new_id())
    client = redis.connect(parts.settings)
    revocations = Revocations(client)
    revocations._entries = frozenset({f"blocked:{blocked.account_id}"})
    about = About("test_service", "A service of the tests.", "/api/tests")
    app: FastAPI = build_app(about, parts.settings, [router], None, lambda _: {})  # type: ignore[arg-type]
    app.state.verifier = verifier(Published(KEY))
    app.state.revocations = revocations
    expected = [
        ("/me", None, 401, "unauthorized"),
        ("/me", "Basic abc", 401, "unauthorized"),
        ("/me", "Bearer x.y.z", 401, "token_invalid"),
        ("/me", f"bearer {KEY.sign(tutor, NOW)}", 200, None),
        ("/tutors", f"Bearer {KEY.sign(student, NOW)}", 403, "wrong_role"),
        ("/tutors", f"Bearer {KEY.sign(tutor, NOW)}", 200, None),
        ("/me", f"Bearer {KEY.sign(blocked, NOW)}", 403, "account_blocked"),
        ("/me", f"Bearer {KEY.sign(replace(tutor, actor_id=blocked.account_id), NOW)}", 403,
         "account_blocked"),
        ("/admins", f"Bearer {KEY.sign(tutor, NOW)}", 403, "wrong_role"),
        ("/admins", f"Bearer {KEY.sign(narrowed, NOW)}", 403, "scope_missing"),
        ("/admins", f"Bearer {KEY.sign(viewing, NOW)}", 403, "scope_missing"),
        ("/admins", f"Bearer {KEY.sign(admin, NOW)}", 200, None),
    ]  # fmt: skip
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for path, header, status, code in expected:
            answer = await http.get(path, headers={"Authorization": header} if header else {})
            assert answer.status_code == status, (path, header)
            if code is not None:
                assert answer.json()["code"] == code
            assert (answer.headers.get("www-authenticate") == "Bearer") == (status == 401)
    await client.aclose()


async def test_a_narrowed_token_keeps_its_scopes_and_who_acts() -> None:
    key, acting = make_key(), new_id()
    sent = principal(scopes=frozenset({"session:read", "user:read"}), actor_id=acting)
    token = key.sign(sent, NOW)
    assert jwt.get_unverified_claims(token)["scope"] == "session:read user:read"
    read = await verifier(Published(key)).verify(token)
    assert read == sent
    read.check_scope("session_service", writes=False)
    with pytest.raises(auth.ScopeMissing, match="scope session:write"):
        read.check_scope("session_service", writes=True)
    with pytest.raises(auth.ScopeMissing, match="scope payment:read"):
        read.check_scope("payment_service", writes=False)


async def test_a_token_without_scopes_may_do_all() -> None:
    principal().check_scope("payment_service", writes=True)
