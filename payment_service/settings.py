"""Settings of payment_service, prefix `PAYMENT_`."""

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from libs import zones
from libs.settings import (
    CelerySettings,
    CoreSettings,
    Environment,
    KafkaSettings,
    ObjectsSettings,
    PostgresSettings,
    RedisSettings,
)

LIVE_KEYS = ("sk_live_", "rk_live_")
TEST_KEYS = ("sk_test_", "rk_test_")
SHORTEST_KEY = 24


class Settings(
    CoreSettings, PostgresSettings, RedisSettings, KafkaSettings, CelerySettings, ObjectsSettings
):
    """Everything that payment_service reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="PAYMENT_", extra="ignore", frozen=True)

    stripe_secret_key: SecretStr
    stripe_webhook_secret: SecretStr = Field(description="`whsec_…` of the webhook endpoint.")
    stripe_api_base: str = Field("", description="Address of a stand-in; never in production.")
    stripe_timeout: float = Field(
        10.0, gt=0, description="Seconds for one call to Stripe with all repeats."
    )
    stripe_retries: int = Field(2, ge=0, description="Repeats of one call, by the SDK itself.")
    success_path: str = "/_studyzed/?payment=success"
    cancel_path: str = "/_studyzed/?payment=cancelled"

    billing_zone: str = Field(
        "Asia/Kolkata", description="The IANA zone at whose midnights paid periods end."
    )

    @field_validator("billing_zone")
    @classmethod
    def _know_the_zone(cls, name: str) -> str:
        if name not in zones.names():
            raise ValueError("billing_zone: not a zone of the IANA database")
        return name

    @property
    def success_url(self) -> str:
        """Where Stripe sends the payer afterwards; never taken from a request."""
        return self.public_url.rstrip("/") + self.success_path

    @property
    def cancel_url(self) -> str:
        """Where Stripe sends who gives up."""
        return self.public_url.rstrip("/") + self.cancel_path

    @model_validator(mode="after")
    def _keep_test_and_real_money_apart(self) -> Self:
        key = self.stripe_secret_key.get_secret_value()
        if self.environment is not Environment.PRODUCTION:
            if not key.startswith(TEST_KEYS):
                raise ValueError("stripe_secret_key: outside production use a test key (sk_test_…)")
            return self
        if self.stripe_api_base:
            raise ValueError("stripe_api_base is for the local stand-in: leave it empty")
        if not key.startswith(LIVE_KEYS) or len(key) < SHORTEST_KEY:
            raise ValueError("stripe_secret_key: production needs a live key (sk_live_…)")
        webhook = self.stripe_webhook_secret.get_secret_value()
        if not webhook.startswith("whsec_") or len(webhook) < SHORTEST_KEY:
            raise ValueError("stripe_webhook_secret: production needs Stripe's own (whsec_…)")
        return self
