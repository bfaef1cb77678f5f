"""Pushes through the real `firebase_admin` to a stand-in over a socket."""

import asyncio
import json
import warnings
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
from pydantic import SecretStr, ValidationError

from libs.clock import SystemClock
from libs.errors import Unavailable
from libs.ids import new_id
from libs.mongo import Mongo
from notification_service.devices import service as devices
from notification_service.devices.schemas import DeviceRegister
from notification_service.push import service
from notification_service.push.errors import ProviderBusy, ProviderSilent
from notification_service.push.fcm_gateway import PATH, FcmGateway
from notification_service.push.models import Push
from notification_service.push.schemas import SendPush
from notification_service.settings import EMULATOR, Settings
from tests.notification_service.world import (
    Class,
    Provider,
    documents,
    from_kafka,
    handle,
    registered,
)
from tests.objects import NOWHERE

NOW = SystemClock().now()


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[FcmGateway]:
    """The real SDK, pointed at the stand-in."""
    opened = FcmGateway(settings.fcm_project, settings.fcm_url, settings.fcm_credentials)
    yield opened
    await opened.close()


async def register(mongo: Mongo, account_id: UUID, number: int, token: str) -> UUID:
    """A device of a person; returns its id."""
    wanted = DeviceRegister(installation_id=f"installation-{number}", token=token, platform="web")
    return (await mongo.run(lambda s: devices.register(s, account_id, wanted, NOW))).id


async def asked(mongo: Mongo, tutor: UUID) -> None:
    """A student asks the tutor to join: one notification."""
    room, student = Class.new(), new_id()
    await handle(mongo, [from_kafka(registered(student, user_code="SAMXX-1234567", name="Sam"))])
    joined = room.joined(student).model_dump() | {"tutor_id": tutor}
    from libs.events.session import MembershipRequested

    await handle(mongo, [from_kafka(MembershipRequested(**joined))])


async def jobs(mongo: Mongo) -> Sequence[SendPush]:
    """The jobs that wait in the outbox."""
    letters = await documents(mongo, "outbox", destination="celery", closed_at=None)
    return [SendPush.model_validate_json(letter["body"]) for letter in letters]


async def states(mongo: Mongo) -> list[str]:
    """How all deliveries stand."""
    return sorted([row["state"] for row in await documents(mongo, "deliveries")])


async def test_r17_every_device_gets_a_push_with_codes_only(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = new_id()
    await handle(mongo, [from_kafka(registered(tutor, "tutor", user_code="TARAX-7654321"))])
    for number in (1, 2):
        await register(mongo, tutor, number, f"token-of-{number}")
    await asked(mongo, tutor)
    for job in await jobs(mongo):
        await service.send(mongo.outside, gateway, job, NOW)
    assert sorted(provider.tokens()) == ["token-of-1", "token-of-2"]
    push = provider.fcm.pushes[0]
    [row] = await documents(mongo, "notifications", account_id=tutor, kind="join_requested")
    assert push["title"] == "Request to join"
    assert push["body"] == "SAMXX-1234567 asks to join class CLASS-1A2B3C4."
    assert push["data"] == {
        "user_code": "TARAX-7654321",
        "kind": "join_requested",
        "notification_id": str(row["_id"]),
    }
    assert await states(mongo) == ["sent", "sent"]


async def test_n_a1_a_repeat_after_the_record_sends_nothing(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = new_id()
    await register(mongo, tutor, 1, "token-1-x")
    await asked(mongo, tutor)
    [job] = await jobs(mongo)
    for _ in range(5):
        await service.send(mongo.outside, gateway, job, NOW)
    assert provider.tokens() == ["token-1-x"]


class Dying:
    """A provider that takes the push, after which our process dies."""

    def __init__(self, gateway: FcmGateway) -> None:
        self._gateway = gateway

    async def send(self, push: Push) -> str:
        """Sends, and never tells."""
        await self._gateway.send(push)
        raise asyncio.CancelledError


async def test_n_a1_a_push_without_an_answer_is_handed_over_once_more_at_most(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = new_id()
    await register(mongo, tutor, 1, "token-1-x")
    await asked(mongo, tutor)
    [job] = await jobs(mongo)
    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await service.send(mongo.outside, Dying(gateway), job, NOW)
    assert await states(mongo) == ["sending"]
    for _ in range(3):
        await service.send(mongo.outside, gateway, job, NOW)
    assert provider.tokens() == ["token-1-x"] * 2
    assert len({push["data"]["notification_id"] for push in provider.fcm.pushes}) == 1
    assert await states(mongo) == ["unsure"]


@pytest.mark.parametrize("token", ["token-UNREG", "token-INVALID"])
async def test_n_a2_a_dead_token_removes_its_device_only(
    mongo: Mongo, gateway: FcmGateway, provider: Provider, token: str
) -> None:
    tutor = new_id()
    await register(mongo, tutor, 1, token)
    await register(mongo, tutor, 2, "token-good")
    await asked(mongo, tutor)
    for job in await jobs(mongo):
        await service.send(mongo.outside, gateway, job, NOW)
    assert [row["token"] for row in await documents(mongo, "devices")] == ["token-good"]
    assert provider.tokens() == ["token-good"]
    assert await states(mongo) == ["gone", "sent"]


async def test_a_dead_token_leaves_a_device_that_has_a_new_one(
    mongo: Mongo, gateway: FcmGateway
) -> None:
    """The app brings a new token between our reading of the old one and FCM's answer."""
    tutor = new_id()
    await register(mongo, tutor, 1, "token-UNREG")
    await asked(mongo, tutor)
    [job] = await jobs(mongo)

    class Renewing:
        async def send(self, push: Push) -> str:
            await register(mongo, tutor, 1, "token-renewed")
            return await gateway.send(push)

    await service.send(mongo.outside, Renewing(), job, NOW)
    assert [row["token"] for row in await documents(mongo, "devices")] == ["token-renewed"]


async def test_n_a2_busy_providers_are_tried_again_and_the_device_stays(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor = new_id()
    await register(mongo, tutor, 1, "token-1-x")
    await asked(mongo, tutor)
    [job] = await jobs(mongo)
    provider.fcm.faults.fail_next = 4
    for _ in range(4):  # each our own try: the SDK's own repeats are off
        with pytest.raises(ProviderBusy):
            await service.send(mongo.outside, gateway, job, NOW)
    assert provider.fcm.faults.fail_next == 0
    assert await states(mongo) == ["waiting"]
    await service.send(mongo.outside, gateway, job, NOW)
    assert provider.tokens() == ["token-1-x"]
    assert await states(mongo) == ["sent"]


async def test_n_a2_a_quota_keeps_the_device(mongo: Mongo, gateway: FcmGateway) -> None:
    tutor = new_id()
    await register(mongo, tutor, 1, "token-QUOTA")
    await asked(mongo, tutor)
    [job] = await jobs(mongo)
    with pytest.raises(ProviderBusy):
        await service.send(mongo.outside, gateway, job, NOW)
    assert len(await documents(mongo, "devices")) == 1


async def test_a_push_goes_to_nobody_else_after_the_device_changed_hands(
    mongo: Mongo, gateway: FcmGateway, provider: Provider
) -> None:
    tutor, somebody = new_id(), new_id()
    await register(mongo, tutor, 1, "token-shared")
    await asked(mongo, tutor)
    [job] = await jobs(mongo)
    await register(mongo, somebody, 1, "token-shared")
    await service.send(mongo.outside, gateway, job, NOW)
    assert provider.tokens() == []
    assert await states(mongo) == ["dropped"]


def push() -> Push:
    """Some push."""
    return Push(token="token-1-x", title="T", body="B", collapse_id="one", data={"kind": "welcome"})


async def test_the_message_carries_the_collapse_id_for_every_platform() -> None:
    from firebase_admin import messaging

    from notification_service.push.fcm_gateway import _message

    encoded = messaging._MessagingService.encode_message(_message(push()))
    assert encoded["android"] == {"notification": {"tag": "one"}}
    assert encoded["apns"]["headers"] == {"apns-collapse-id": "one"}
    assert encoded["webpush"] == {"notification": {"tag": "one"}}
    assert encoded["token"] == "token-1-x"


async def test_an_unreachable_provider_is_busy_and_a_silent_one_is_not_known() -> None:
    dead = FcmGateway("p", "http://127.0.0.1:1", None)
    with pytest.raises(ProviderBusy):
        await dead.send(push())
    await dead.close()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    silent = FcmGateway("p", f"http://127.0.0.1:{port}", None)
    with pytest.raises(ProviderSilent):
        await silent.send(push())
    await silent.close()
    server.close()


def test_the_sdk_has_the_private_names_that_the_gateway_sets() -> None:
    """Pinned to firebase-admin 7.7: look at `fcm_gateway.py` when this fails after an upgrade."""
    import firebase_admin
    from firebase_admin import _http_client, messaging

    assert firebase_admin.__version__ == "7.7.0"
    assert isinstance(messaging._MessagingService.FCM_URL, str)
    assert messaging._MessagingService.FCM_URL.endswith(PATH)
    assert isinstance(_http_client.DEFAULT_HTTPX_RETRY_CONFIG.retries_left, int)
    assert callable(messaging._get_messaging_service)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        messaging.Message()


PRODUCTION = NOWHERE | {
    "environment": "production", "public_url": "https://x.example", "jwks_url": "https://x.example",
    "mongo_url": "mongodb://x", "mongo_database": "x", "redis_url": "redis://x",
    "kafka_bootstrap": "x:1", "celery_broker_url": "redis://x", "fcm_project": "studyzed",
    "fcm_credentials": SecretStr("{}"),
}  # fmt: skip


def test_production_refuses_stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(EMULATOR, raising=False)
    assert Settings.model_validate(PRODUCTION).fcm_url == ""
    for wrong in (
        {"fcm_url": "http://127.0.0.1:9"},
        {"fcm_credentials": None},
        {"fcm_project": ""},
    ):
        with pytest.raises(ValidationError):
            Settings.model_validate(PRODUCTION | wrong)
    monkeypatch.setenv(EMULATOR, "127.0.0.1:9099")
    with pytest.raises(ValidationError, match=EMULATOR):
        Settings.model_validate(PRODUCTION)


async def test_in_production_pushes_go_to_google_with_the_service_account() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from firebase_admin import messaging

    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": "studyzed",
        "client_email": "push@studyzed.example",
        "private_key": private.decode(),
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    gateway = FcmGateway("studyzed", "", SecretStr(json.dumps(account)))
    opened = messaging._get_messaging_service(gateway._opened())
    assert opened._fcm_url == "https://fcm.googleapis.com/v1/projects/studyzed/messages:send"
    assert opened._credential.service_account_email == "push@studyzed.example"
    await gateway.close()


async def test_without_credentials_a_push_waits(provider: Provider) -> None:
    with pytest.raises(Unavailable):
        await FcmGateway("p", "", None).send(push())
    assert provider.tokens() == []
