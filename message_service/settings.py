"""Settings of message_service, prefix `MESSAGE_`."""

from pydantic_settings import SettingsConfigDict

from libs.settings import CoreSettings, KafkaSettings, MongoSettings, RedisSettings


class Settings(CoreSettings, MongoSettings, RedisSettings, KafkaSettings):
    """Everything that message_service reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="MESSAGE_", extra="ignore", frozen=True)
