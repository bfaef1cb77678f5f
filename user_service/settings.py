"""Settings of user_service, prefix `USER_`."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from libs.settings import (
    CelerySettings,
    CoreSettings,
    KafkaSettings,
    PostgresSettings,
    RedisSettings,
)


class Settings(CoreSettings, PostgresSettings, RedisSettings, KafkaSettings, CelerySettings):
    """Everything that user_service reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="USER_", extra="ignore", frozen=True)

    jwks_url: str = ""
    key_secret: SecretStr = Field(description="Encrypts signing keys, signs refresh tokens.")
    code_secret: SecretStr = Field(description="HMAC key of mailed codes and grants.")
    smtp_url: SecretStr = Field(description="smtp://[user:password@]host:port, or smtps://")
    mail_from: str = "StudyZed <no-reply@studyzed.example>"
    admin_password: SecretStr | None = Field(None, description="Password of the seeded `admin`.")
    access_minutes: int = 10
    refresh_days: int = 30
    hash_threads: int = Field(2, description="Threads that hash passwords.")
