"""Settings of message_service, prefix `MESSAGE_`."""

from pydantic_settings import SettingsConfigDict

from libs.settings import (
    CelerySettings,
    CoreSettings,
    KafkaSettings,
    MongoSettings,
    ObjectsSettings,
    RedisSettings,
)


class Settings(
    CoreSettings, MongoSettings, RedisSettings, KafkaSettings, CelerySettings, ObjectsSettings
):
    """Everything that message_service reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="MESSAGE_", extra="ignore", frozen=True)

    edit_seconds: int = 900
    """How long after it was sent a message may be edited."""


def outbox_channel(settings: Settings) -> str:
    """The Redis channel by which a commit wakes the relay."""
    return f"outbox:{settings.mongo_database}"
