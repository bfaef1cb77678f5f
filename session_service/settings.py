"""Settings of session_service, prefix `SESSION_`."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from libs.settings import (
    CelerySettings,
    CoreSettings,
    KafkaSettings,
    ObjectsSettings,
    PostgresSettings,
    RedisSettings,
)


class Settings(
    CoreSettings, PostgresSettings, RedisSettings, KafkaSettings, CelerySettings, ObjectsSettings
):
    """Everything that session_service reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="SESSION_", extra="ignore", frozen=True)

    material_quota_bytes: int = Field(
        5_000_000_000, ge=1, description="Room for the files of one class's material."
    )
    code_secret: SecretStr = Field(description="HMAC key of invitations' tokens.")
