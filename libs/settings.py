"""Settings in small groups, read from the environment once, when a process starts.

A service's `Settings` is the groups that it needs plus its own fields, with `env_prefix` set to its
own prefix, so that all services can share one environment (`USER_DATABASE_URL`,
`SESSION_DATABASE_URL`). Secrets are `SecretStr`. Outside the local and test environments a weak
secret stops the start with the name of the variable (see `load`).
"""

import os
import sys
from enum import StrEnum
from typing import Self, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs import crashpoint

MIN_SECRET_LENGTH = 32
MIN_SECRET_LETTERS = 12
WEAK = f"too weak, use at least {MIN_SECRET_LENGTH} random characters"


class Environment(StrEnum):
    """Where a process runs. Only `local` opens the `/dev` routes; `local` and `test` accept weak
    secrets.
    """

    LOCAL = "local"
    TEST = "test"
    PRODUCTION = "production"


class Group(BaseSettings):
    """Base of all groups. An empty variable counts as missing: compose passes `${NAME:-}` on as an
    empty one.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)


class CoreSettings(Group):
    """What every process needs."""

    environment: Environment = Environment.PRODUCTION
    log_level: str = "INFO"
    public_url: str = Field(description="Origin of the gateway, without a slash at the end.")
    jwks_url: str = Field(description="Where the keys that sign access tokens are published.")
    trace_endpoint: str = Field(
        "", description="OTLP/HTTP endpoint; empty: no traces are exported."
    )
    probe_port: int = Field(0, description="Port of the background process's probes; 0: none.")
    profiler: bool = Field(False, description="Profile requests, for `/internal/profiler`.")
    profiler_slower_than_ms: int = Field(
        0, ge=0, description="Keep the flame views of requests that took this long or longer."
    )

    @property
    def relaxed(self) -> bool:
        """Whether weak secrets are accepted."""
        return self.environment is not Environment.PRODUCTION

    @model_validator(mode="after")
    def _refuse_crash_points(self) -> Self:
        armed = crashpoint.armed(os.environ)
        if armed and not self.relaxed:
            raise ValueError(f"{', '.join(armed)}: crash points are for tests, unset it")
        return self

    @model_validator(mode="after")
    def _refuse_weak_secrets(self) -> Self:
        if self.relaxed:
            return self
        for name, value in self:
            if (
                isinstance(value, SecretStr)
                and name in self.strong_secrets()
                and is_weak(value.get_secret_value())
            ):
                raise ValueError(f"{prefix_of(type(self))}{name.upper()}: {WEAK}")
        return self

    @classmethod
    def strong_secrets(cls) -> frozenset[str]:
        """Names of the secret fields that must be long and random; connection URLs and vendors' own
        keys are not.
        """
        return frozenset(
            name
            for name in cls.model_fields
            if name.endswith("_secret") and not name.startswith("stripe")
        )


class PostgresSettings(Group):
    """A PostgreSQL database; the owner migrates, the app role works."""

    database_url: SecretStr
    database_owner_url: SecretStr | None = None
    database_pool_size: int = 10
    database_pool_timeout: float = Field(
        5.0, description="Seconds to wait for a free connection before 503."
    )


class MongoSettings(Group):
    """A MongoDB database on a replica set (transactions are used)."""

    mongo_url: SecretStr
    mongo_database: str
    mongo_timeout_ms: int = Field(5_000, description="Server selection time-out, in milliseconds.")


class RedisSettings(Group):
    """A Redis-protocol server: caches, limits, presence, fan-out."""

    redis_url: SecretStr


class KafkaSettings(Group):
    """A Kafka-protocol broker; times in milliseconds."""

    kafka_bootstrap: str
    kafka_session_timeout_ms: int = 10_000
    kafka_fetch_max_wait_ms: int = 500
    kafka_idempotent: bool = True
    kafka_topic_prefix: str = ""
    kafka_replication: int = Field(
        1, description="Copies of each topic that `libs.migrate` creates."
    )
    outbox_replay_hours: int = Field(
        0, description="Publish again what left in the last hours; 0 with a durable broker."
    )


class CelerySettings(Group):
    """The broker of jobs: Redis."""

    celery_broker_url: SecretStr
    lost_job_seconds: int = Field(
        30, ge=1, description="A job sent so long ago, not in the queue and not begun is lost."
    )


class ObjectsSettings(Group):
    """An object store that speaks S3, see `libs/objects.py`."""

    objects_url: str = Field(description="Where this process reaches the store.")
    objects_public_url: str = Field(
        description="Origin of files for browsers: another one than the API's, without a slash."
    )
    objects_access_key: SecretStr
    objects_secret_key: SecretStr
    objects_region: str = "us-east-1"
    objects_bucket: str = Field("studyzed", description="Reached by signed addresses only.")
    objects_public_bucket: str = Field(
        "studyzed-public", description="Readable without a signature by whoever knows a key."
    )

    @model_validator(mode="after")
    def _keep_files_on_their_own_origin(self) -> Self:
        """What a user uploaded must not run as one of our pages, whatever a browser takes it for.

        In production the host's name differs: cookies know no ports.
        """
        files, ours = urlsplit(self.objects_public_url), urlsplit(getattr(self, "public_url", ""))
        same_host = files.hostname == ours.hostname and not getattr(self, "relaxed", True)
        if same_host or (files.scheme, files.netloc) == (ours.scheme, ours.netloc):
            name = f"{prefix_of(type(self))}OBJECTS_PUBLIC_URL"
            raise ValueError(f"{name}: files need an origin of their own, not PUBLIC_URL's")
        return self


def is_weak(secret: str) -> bool:
    """Whether a secret is too short or too uniform to withstand guessing."""
    return len(secret) < MIN_SECRET_LENGTH or len(set(secret)) < MIN_SECRET_LETTERS


S = TypeVar("S", bound=CoreSettings)


def load(settings: type[S]) -> S:
    """Reads settings from the environment.

    Exits the process with status 78 (EX_CONFIG of sysexits.h) and a line per variable when
    something is missing or weak; the values themselves are never shown.
    """
    try:
        return settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = "_".join(map(str, problem["loc"])).upper()
            where = f"{prefix_of(settings)}{name}: " if name else ""
            reason = problem["msg"].removeprefix("Value error, ")
            print(f"cannot start: {where}{reason}", file=sys.stderr)  # noqa: T201
        raise SystemExit(78) from None


def prefix_of(settings: type[BaseSettings]) -> str:
    """What the names of a service's variables begin with, such as `USER_`."""
    return str(settings.model_config.get("env_prefix", ""))
