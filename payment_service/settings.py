"""Settings of payment_service, prefix `PAYMENT_`."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator
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


def _known_zone(name: str) -> str:
    if name not in zones.names():
        raise ValueError("not a zone of the IANA database")
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class TaxPart(BaseModel):
    """A tax on the net price, such as `{"name": "CGST", "percent": "9"}`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=40)
    percent: Decimal = Field(gt=0, le=100, decimal_places=4)


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
    endpoint_secret: SecretStr = Field(
        description="Encrypts the secrets of people's webhook endpoints."
    )
    webhook_timeout: float = Field(
        10.0, gt=0, le=60, description="Seconds for one call of somebody's webhook endpoint."
    )
    webhook_private_allowed: bool = Field(
        False, description="Call endpoints in our own network, by http too; never in production."
    )
    wallet_currencies: tuple[str, ...] = Field(
        ("INR",), description="ISO 4217 codes in which money is taken into wallets."
    )
    top_up_min: int = Field(1_00, gt=0, description="Least sum of a top-up, in minor units.")
    top_up_max: int = Field(
        100_000_00, gt=0, description="Greatest sum of a top-up, in minor units."
    )
    success_path: str = "/_studyzed/?payment=success"
    cancel_path: str = "/_studyzed/?payment=cancelled"
    issuer_code: str = Field(
        "SZ", pattern="^[A-Z0-9]{1,8}$", description="Begins the numbers of invoices; one for each "
        "issuer, for good."
    )  # fmt: skip
    issuer_name: str = Field("StudyZed", description="In whose name invoices are issued.")
    issuer_address: str = ""
    issuer_tax_id: str = ""
    issuer_zone: Zone = Field("Asia/Kolkata", description="Says in which year one is issued.")
    tax_parts: tuple[TaxPart, ...] = Field(
        (), max_length=5, description="Taxes that prices include, as JSON; none by default."
    )

    billing_zone: Zone = Field(
        "Asia/Kolkata", description="The IANA zone at whose midnights paid periods end."
    )

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
        if self.webhook_private_allowed:
            raise ValueError("webhook_private_allowed is for local use: leave it false")
        if not key.startswith(LIVE_KEYS) or len(key) < SHORTEST_KEY:
            raise ValueError("stripe_secret_key: production needs a live key (sk_live_…)")
        webhook = self.stripe_webhook_secret.get_secret_value()
        if not webhook.startswith("whsec_") or len(webhook) < SHORTEST_KEY:
            raise ValueError("stripe_webhook_secret: production needs Stripe's own (whsec_…)")
        return self
