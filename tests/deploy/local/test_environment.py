"""The environment of a platform has a value for every setting, and none is another service's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import environment, keys
from deploy.local.environment import Layout

EVERY = (
    *("ENVIRONMENT", "PUBLIC_URL", "LOG_LEVEL", "REDIS_URL", "KAFKA_BOOTSTRAP", "JWKS_URL"),
    *("KAFKA_SESSION_TIMEOUT_MS", "KAFKA_FETCH_MAX_WAIT_MS", "KAFKA_IDEMPOTENT", "PROBE_PORT"),
    *("CELERY_BROKER_URL", "OUTBOX_REPLAY_HOURS"),
    *("OBJECTS_URL", "OBJECTS_PUBLIC_URL", "OBJECTS_ACCESS_KEY", "OBJECTS_SECRET_KEY"),
)
SQL = ("DATABASE_URL", "DATABASE_OWNER_URL")
MONGO = ("MONGO_URL", "MONGO_DATABASE")
SETTINGS = {
    "USER": (
        *(
            *EVERY,
            *SQL,
            "KEY_SECRET",
            "CODE_SECRET",
            "AUDIT_SECRET",
            "SMTP_URL",
            "MAIL_FROM",
            "ADMIN_PASSWORD",
        ),
        *("ADMIN_SECOND_FACTOR", "PASSKEY_RP_ID", "PASSKEY_ORIGINS"),
    ),
    "SESSION": (*EVERY, *SQL, "CODE_SECRET"),
    "PAYMENT": (
        *(*EVERY, *SQL, "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"),
        *("ENDPOINT_SECRET", "WEBHOOK_PRIVATE_ALLOWED"),
    ),
    "NOTIFICATION": (*EVERY, *MONGO, "FCM_PROJECT", "FCM_URL"),
    "MESSAGE": (*EVERY, *MONGO),
}
OTHERS = (
    *("STUDYZED_VENDORS_PORT", "STUDYZED_SMTP_PORT", "STUDYZED_OBJECTS_PORT", "STUDYZED_DATA"),
    *("STUDYZED_PUBLIC_URL", "STUDYZED_STATUS_TARGETS", "STUDYZED_REDIS_URL", "STUDYZED_MODE"),
    *("VENDOR_STRIPE_WEBHOOK_URL", "VENDOR_STRIPE_WEBHOOK_SECRET", "STUDYZED_OBJECTS_SECRET"),
)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A platform on ports that nobody uses."""
    numbers = {name: 1_000 + index for index, name in enumerate(environment.PORTS)}
    return Layout(numbers, keys.throw_away(), tmp_path, 8_080)


def test_every_setting_has_a_value(layout: Layout) -> None:
    made = environment.build(layout)
    wanted = {f"{prefix}_{name}" for prefix, names in SETTINGS.items() for name in names}
    assert (wanted | set(OTHERS)) - set(made) == set()
    assert {name for name in wanted if not made[name]} == set()
    assert all(made[f"{prefix}_KAFKA_TOPIC_PREFIX"] == "" for prefix in SETTINGS)


def test_the_superuser_is_not_in_it(layout: Layout) -> None:
    made = environment.build(layout)
    assert not any(layout.keys["postgres_password"] in value for value in made.values())
    assert "session_app:" in made["SESSION_DATABASE_URL"]
    assert made["SESSION_DATABASE_URL"].endswith(f":{layout.ports['postgres']}/studyzed_session")
    assert "session_owner:" in made["SESSION_DATABASE_OWNER_URL"]


def test_admin_password_from_outside_wins(layout: Layout) -> None:
    assert environment.build(layout)["USER_ADMIN_PASSWORD"] == layout.keys["admin_password"]
    chosen = replace(layout, admin_password="chosen")  # pragma: allowlist secret
    assert environment.build(chosen)["USER_ADMIN_PASSWORD"] == "chosen"  # pragma: allowlist secret


def test_some_settings_of_the_shell_win(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.build(layout)["USER_ADMIN_SECOND_FACTOR"] == "false"
    monkeypatch.setenv("USER_LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("USER_CODE_SECRET", "not this one")  # pragma: allowlist secret
    monkeypatch.setenv("USER_ADMIN_SECOND_FACTOR", "true")
    made = environment.build(layout)
    assert (made["USER_LOG_LEVEL"], made["SESSION_LOG_LEVEL"]) == ("DEBUG", "INFO")
    assert made["USER_ADMIN_SECOND_FACTOR"] == "true"
    assert made["USER_CODE_SECRET"] == layout.keys["user_code_secret"]


def test_status_looks_at_every_process_and_server(layout: Layout) -> None:
    targets = json.loads(environment.build(layout)["STUDYZED_STATUS_TARGETS"])
    services = [*SETTINGS]
    assert {target["name"] for target in targets} == {
        *(f"{name.lower()}_service" for name in services),
        *(f"{name.lower()}_service-background" for name in services),
        *("postgres", "valkey", "kafka", "mongo", "smtp", "objects", "gateway", "celery"),
    }
    http = [target["target"] for target in targets if target["kind"] == "http"]
    assert len(set(http)) == 10
    assert all(target.endswith("/readyz") for target in http)
    beat = [target["target"] for target in targets if target["kind"] == "heartbeat"]
    assert beat == ["studyzed:worker:heartbeat"]
