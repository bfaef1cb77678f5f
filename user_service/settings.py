"""Settings of user_service, prefix `USER_`."""

from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from libs.settings import (
    CelerySettings,
    CoreSettings,
    KafkaSettings,
    ObjectsSettings,
    PostgresSettings,
    RedisSettings,
)
from user_service.consents.schemas import Purpose, Rules

LONGEST_TOKEN = timedelta(hours=1)
"""Life of an access token at most: what is revoked is remembered for as long."""
GOOGLE_CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"


class Settings(
    CoreSettings,
    PostgresSettings,
    RedisSettings,
    KafkaSettings,
    CelerySettings,
    ObjectsSettings,
):
    """Everything that user_service reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="USER_", extra="ignore", frozen=True)

    jwks_url: str = ""
    key_secret: SecretStr = Field(description="Encrypts signing keys, signs refresh tokens.")
    code_secret: SecretStr = Field(description="HMAC key of mailed codes and grants.")
    audit_secret: SecretStr = Field(description="HMAC key of the audit trail.")
    smtp_url: SecretStr = Field(description="smtp://[user:password@]host:port, or smtps://")
    mail_from: str = "StudyZed <no-reply@studyzed.example>"
    admin_password: SecretStr | None = Field(None, description="First one of the seeded `admin`.")
    admin_second_factor: bool = Field(
        True, description="Admins need a second factor; off in the local mode only."
    )
    passkey_rp_id: str = Field("", description="Domain of passkeys; else that of `public_url`.")
    passkey_origins: str = Field(
        "", description="Origins that may use them, by spaces; else `public_url` alone."
    )
    access_minutes: int = Field(
        10, description="Life of an access token; 60 at most, since revocations are kept as long."
    )
    refresh_days: int = 30
    hash_threads: int = Field(2, description="Threads that hash passwords.")
    google_client_ids: str = Field(
        "", description="Our apps at Google, parted by commas; empty: no sign-in by Google."
    )
    google_certificates_url: str = Field(
        GOOGLE_CERTIFICATES, description="Where Google's certificates are; another for tests only."
    )
    network_size: int = Field(
        1, ge=1, description="Multiplies what a network may ask for when signing up."
    )
    terms_version: str = Field("", description="Terms that sign-up must agree to; empty: none.")
    privacy_version: str = Field("", description="The same for the privacy notice.")
    guardian_age: int = Field(
        0, ge=0, le=30, description="Who is younger cannot sign up; 0: no birth date is asked for."
    )

    @model_validator(mode="after")
    def _trust_google_only(self) -> Self:
        if not self.relaxed and self.google_certificates_url != GOOGLE_CERTIFICATES:
            raise ValueError("USER_GOOGLE_CERTIFICATES_URL: for tests only, unset it")
        return self

    @model_validator(mode="after")
    def _refuse_tokens_that_outlive_revocations(self) -> Self:
        longest = int(LONGEST_TOKEN.total_seconds() // 60)
        if not (self.relaxed or 1 <= self.access_minutes <= longest):
            raise ValueError(f"USER_ACCESS_MINUTES: 1 to {longest}")
        return self

    @property
    def consent_rules(self) -> Rules:
        """What the platform asks people to agree to."""
        wanted = {Purpose.TERMS: self.terms_version, Purpose.PRIVACY: self.privacy_version}
        required = {purpose: version for purpose, version in wanted.items() if version}
        return Rules(required, self.guardian_age)

    @property
    def rp_id(self) -> str:
        """The domain that passkeys are made for; who changes it makes all of them void."""
        return self.passkey_rp_id or urlsplit(self.public_url).hostname or ""

    @property
    def origins(self) -> tuple[str, ...]:
        """Where passkeys may be used."""
        return tuple(self.passkey_origins.split()) or (self.public_url,)

    @model_validator(mode="after")
    def _refuse_weak_admins(self) -> Self:
        if not (self.admin_second_factor or self.relaxed):
            raise ValueError("USER_ADMIN_SECOND_FACTOR: may be off in the local mode only")
        return self
