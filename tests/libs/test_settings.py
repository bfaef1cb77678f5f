"""Settings: a process with a missing or weak one does not start, and says which (X-A5)."""

import os
import subprocess
import sys

import pytest

from libs.settings import is_weak

STRONG = "k3yS-9fQz!wLm2Rt7Vx0Bn5Cj8Hp4Ds6"
WEAK_SECRETS = ("a" * 40, "short1!Secret", "abababababababababababababababababab")
COMPLETE = {
    "USER_PUBLIC_URL": "https://studyzed.example",
    "USER_DATABASE_URL": "postgresql+asyncpg://user_app:hush-database@db/user",
    "USER_REDIS_URL": "redis://redis/0",
    "USER_KAFKA_BOOTSTRAP": "kafka:9092",
    "USER_CELERY_BROKER_URL": "redis://redis/0",
    "USER_KEY_SECRET": STRONG,
    "USER_CODE_SECRET": STRONG[::-1],
    "USER_AUDIT_SECRET": STRONG.swapcase(),
    "USER_SMTP_URL": "smtp://mail:hush-mail@mail:25",
    "USER_OBJECTS_URL": "http://object-store:8333",
    "USER_OBJECTS_PUBLIC_URL": "https://files.studyzed.example",
    "USER_OBJECTS_ACCESS_KEY": "hush-access",
    "USER_OBJECTS_SECRET_KEY": "hush-objects",  # pragma: allowlist secret
}
START = "from libs.settings import load; from user_service.settings import Settings; load(Settings)"


def start(**changed: str) -> tuple[int, str]:
    """Starts a process that reads the settings; returns its exit status and what it said."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("USER_")}
    done = subprocess.run(
        [sys.executable, "-c", START],
        env=inherited | COMPLETE | changed,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_x_a5_complete_settings_start() -> None:
    assert start() == (0, "")


def test_x_a5_missing_settings_are_named() -> None:
    status, said = start(USER_DATABASE_URL="", USER_KEY_SECRET="")
    assert status == 78
    assert said.splitlines() == [
        "cannot start: USER_DATABASE_URL: Field required",
        "cannot start: USER_KEY_SECRET: Field required",
    ]


@pytest.mark.parametrize("weak", WEAK_SECRETS)
def test_x_a5_a_weak_secret_is_named_and_not_shown(weak: str) -> None:
    status, said = start(USER_CODE_SECRET=weak)
    assert status == 78
    assert said == ("cannot start: USER_CODE_SECRET: too weak, use at least 32 random characters\n")


def test_x_a5_no_value_is_ever_shown() -> None:
    status, said = start(
        USER_HASH_THREADS="hush-threads", USER_ENVIRONMENT="hush-mode", USER_KEY_SECRET="a" * 40
    )
    assert status == 78
    assert "USER_HASH_THREADS" in said
    assert "USER_ENVIRONMENT" in said
    assert "hush" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize("mode", ["local", "test"])
def test_x_a5_local_and_test_take_weak_secrets(mode: str) -> None:
    assert start(USER_ENVIRONMENT=mode, USER_KEY_SECRET="weak") == (0, "")


def test_strength_is_length_and_variety() -> None:
    assert all(map(is_weak, WEAK_SECRETS))
    assert not is_weak(STRONG)
    assert is_weak(STRONG[:-1])
