"""What the vendors' process is told, all of it through environment variables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOCAL = "local"
KINDS = ("http", "tcp", "heartbeat")
SHORTEST_SECRET = 16
ACCESS_KEY = "studyzed-local"
BUCKET = "studyzed"
PUBLIC_BUCKET = "studyzed-public"
"""What the object store knows from its start; it can make further buckets."""


class BadSettings(Exception):
    """The process cannot start; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Target:
    """One part of the platform whose readiness `/status.json` tells.

    `target` is a URL (http), `host:port` (tcp) or a Redis key (heartbeat: its value is the Unix
    time in seconds of the last beat, at most `max_age` seconds old).
    """

    name: str
    kind: str
    target: str
    max_age: float = 15.0


@dataclass(frozen=True)
class Settings:
    """Everything the process needs; cannot be made outside local mode (`BadSettings`)."""

    mode: str
    vendors_port: int
    smtp_port: int
    objects_port: int
    public_url: str
    data: Path
    webhook_url: str
    webhook_secret: str
    objects_secret: str
    redis_url: str = ""
    targets: tuple[Target, ...] = ()

    def __post_init__(self) -> None:
        if self.mode != LOCAL:
            raise BadSettings(
                "The vendor stand-ins, /dev and the portal exist in local mode only: "
                f"set STUDYZED_MODE=local (it is {self.mode or 'not set'!r}) or do not start them."
            )


def from_environment(env: Mapping[str, str]) -> Settings:
    """Read the settings; raise `BadSettings` with the name of the first variable that is wrong."""
    mode = env.get("STUDYZED_MODE", "")
    if mode != LOCAL:
        return Settings(mode, 0, 0, 0, "", Path(), "", "", "")
    return Settings(
        mode=mode,
        vendors_port=_port(env, "STUDYZED_VENDORS_PORT"),
        smtp_port=_port(env, "STUDYZED_SMTP_PORT"),
        objects_port=_port(env, "STUDYZED_OBJECTS_PORT"),
        public_url=_needed(env, "STUDYZED_PUBLIC_URL").rstrip("/"),
        data=Path(env.get("STUDYZED_DATA") or ".local").resolve(),
        webhook_url=_url(env, "VENDOR_STRIPE_WEBHOOK_URL"),
        webhook_secret=_secret(env, "VENDOR_STRIPE_WEBHOOK_SECRET"),
        objects_secret=_secret(env, "STUDYZED_OBJECTS_SECRET"),
        redis_url=env.get("STUDYZED_REDIS_URL", ""),
        targets=_targets(env.get("STUDYZED_STATUS_TARGETS") or "[]"),
    )


def _needed(env: Mapping[str, str], name: str) -> str:
    if not (value := env.get(name, "").strip()):
        raise BadSettings(f"{name} is not set; `make up` sets it.")
    return value


def _url(env: Mapping[str, str], name: str) -> str:
    if (value := env.get(name, "")) and not value.startswith(("http://", "https://")):
        raise BadSettings(f"{name} is not an http address: {value!r}.")
    return value


def _secret(env: Mapping[str, str], name: str) -> str:
    if len(value := _needed(env, name)) < SHORTEST_SECRET:
        raise BadSettings(f"{name} is too short: give it {SHORTEST_SECRET} characters or more.")
    return value


def _port(env: Mapping[str, str], name: str) -> int:
    value = _needed(env, name)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise BadSettings(f"{name} is not a port number: {value!r}.")
    return int(value)


def _targets(text: str) -> tuple[Target, ...]:
    try:
        targets = tuple(Target(**entry) for entry in json.loads(text))
    except (ValueError, TypeError) as error:
        raise BadSettings(
            "STUDYZED_STATUS_TARGETS is not a JSON list of {name, kind, target[, max_age]}: "
            f"{error}."
        ) from error
    for target in targets:
        if target.kind not in KINDS:
            raise BadSettings(
                f"STUDYZED_STATUS_TARGETS: {target.name} has the unknown kind {target.kind!r}."
            )
    return targets
