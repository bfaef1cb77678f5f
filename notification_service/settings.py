"""Settings of notification_service, prefix `NOTIFICATION_`."""

import os
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from libs.settings import (
    CelerySettings,
    CoreSettings,
    KafkaSettings,
    MongoSettings,
    ObjectsSettings,
    RedisSettings,
)

EMULATOR = "FIREBASE_AUTH_EMULATOR_HOST"


class Settings(
    CoreSettings, MongoSettings, RedisSettings, KafkaSettings, CelerySettings, ObjectsSettings
):
    """Everything that notification_service reads from the environment."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATION_", extra="ignore", frozen=True)

    fcm_project: str = Field("", description="Id of the Firebase project.")
    fcm_url: str = Field("", description="Origin of an FCM stand-in; never in production.")
    fcm_credentials: SecretStr | None = Field(
        None, description="The service account's key, as the JSON that Firebase gives out."
    )

    @model_validator(mode="after")
    def _refuse_stand_ins(self) -> Self:
        """With a stand-in pushes go out under a made-up token, and the emulator's variable makes
        `firebase_admin` accept unsigned id tokens: neither may be on where real people are.
        """
        if self.relaxed:
            return self
        if self.fcm_url:
            raise ValueError("fcm_url names a stand-in: leave it empty in production")
        if EMULATOR in os.environ:
            raise ValueError(f"{EMULATOR} must not be set in production")
        if not self.fcm_project or self.fcm_credentials is None:
            raise ValueError("fcm_project and fcm_credentials are needed in production")
        return self
