"""Settings: test money and real money stay apart, and a stand-in is never asked in production."""

from string import ascii_letters
from typing import Any

import pytest
from pydantic import ValidationError

from libs.settings import load
from payment_service.settings import Settings
from tests.objects import NOWHERE

BASE = NOWHERE | {
    "public_url": "https://studyzed.example/",
    "jwks_url": "https://studyzed.example/jwks",
    "database_url": "postgresql+asyncpg://nowhere/nowhere",
    "redis_url": "redis://nowhere",
    "celery_broker_url": "redis://nowhere",
    "kafka_bootstrap": "nowhere:9092",
}
KEY, WEBHOOK = "stripe_secret_key", "stripe_webhook_secret"
STRONG = ascii_letters
LIVE = {
    KEY: "sk_live_" + "x" * 20,
    WEBHOOK: "whsec_" + "x" * 20,
    "endpoint_secret": STRONG,
}


def make(**extra: Any) -> Settings:
    return Settings(**(BASE | LIVE | {"environment": "production"} | extra))


def test_production_with_a_live_key_starts() -> None:
    assert make().success_url == "https://studyzed.example/_studyzed/?payment=success"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"stripe_api_base": "http://127.0.0.1:1"}, "stripe_api_base is for the local stand-in"),
        ({"webhook_private_allowed": True}, "webhook_private_allowed is for local use"),
        (
            {KEY: "sk_test_" + "x" * 20},
            "production needs a live key",
        ),
        (
            {KEY: "sk_live_short"},
            "production needs a live key",
        ),
        ({WEBHOOK: "whsec_"}, "production needs Stripe's own"),
        ({"billing_zone": "IST"}, "not a zone of the IANA database"),
        ({"environment": "local"}, "outside production use a test key"),
        ({"environment": "test"}, "outside production use a test key"),
    ],
)
def test_money_of_the_wrong_kind_stops_the_start(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        make(**wrong)


def test_the_refusal_names_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (BASE | LIVE | {KEY: "sk_test_hidden"}).items():
        monkeypatch.setenv(f"PAYMENT_{name.upper()}", value)
    with pytest.raises(SystemExit, match="78"):
        load(Settings)
    said = capsys.readouterr().err
    assert "stripe_secret_key: production needs a live key" in said
    assert "hidden" not in said
