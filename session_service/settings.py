"""Settings of session_service, prefix `SESSION_`."""

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
