"""The complete environment of a local platform: every setting of every process.

All processes share it, since each setting carries the prefix of its service.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import roles
from deploy.local.keys import Keys
from deploy.local.ports import HOST
from deploy.local.vendors.settings import ACCESS_KEY, BUCKET, PUBLIC_BUCKET

SERVICES = {
    "user_service": "USER",
    "notification_service": "NOTIFICATION",
    "payment_service": "PAYMENT",
    "session_service": "SESSION",
    "message_service": "MESSAGE",
}
ON_POSTGRES = ("user_service", "payment_service", "session_service")
SERVERS = ("postgres", "redis", "kafka", "mongo")
VENDORS = ("vendors", "smtp", "objects")
FILES = "files"
"""The gateway's other port: what users have stored, on an origin of its own."""
PORTS = (*SERVERS, *VENDORS, FILES, *SERVICES, *(f"{service}-background" for service in SERVICES))
"""Everything that listens, the gateway's first port aside."""
HEARTBEAT = "studyzed:worker:heartbeat"
FROM_OUTSIDE = (
    *("LOG_LEVEL", "TRACE_ENDPOINT", "PROFILER", "PROFILER_SLOWER_THAN_MS"),
    "ADMIN_SECOND_FACTOR",
)
"""Settings that the shell of `make up` may set, by their names without the prefix."""
OWN_BROKER = {
    "KAFKA_SESSION_TIMEOUT_MS": "2000",
    "KAFKA_FETCH_MAX_WAIT_MS": "20",  # Tansu's long poll does not wake on new data
    "KAFKA_IDEMPOTENT": "false",  # Tansu refuses aiokafka's way of asking
}
APACHE_KAFKA = {
    "KAFKA_SESSION_TIMEOUT_MS": "6000",  # the least that it grants
    "KAFKA_FETCH_MAX_WAIT_MS": "500",
    "KAFKA_IDEMPOTENT": "true",
}
TITLES = {"redis": "valkey"}


@dataclass(frozen=True)
class Layout:
    """What the environment is made of."""

    ports: Mapping[str, int]
    keys: Keys
    data: Path
    gateway_port: int
    mode: str = "local"
    admin_password: str = ""
    apache_kafka: bool = False

    @property
    def url(self) -> str:
        """The gateway's origin."""
        return f"http://{HOST}:{self.gateway_port}"

    def address(self, name: str) -> str:
        """`host:port` of a process or server."""
        return f"{HOST}:{self.ports[name]}"

    @property
    def superuser_url(self) -> str:
        """PostgreSQL's superuser; only provisioning knows it."""
        return f"postgresql://postgres:{self.keys['postgres_password']}@{self.address('postgres')}/postgres"

    @property
    def redis_url(self) -> str:
        """Valkey's only database."""
        return f"redis://{self.address('redis')}/0"


def build(layout: Layout) -> dict[str, str]:
    """Returns all variables, those of the vendors' process among them."""
    made = _vendors(layout)
    # Vendors' SDKs heed the shell's proxy settings; nothing here is reached through a proxy.
    made |= {"NO_PROXY": f"{HOST},localhost", "no_proxy": f"{HOST},localhost"}
    for service, prefix in SERVICES.items():
        settings = _service(layout, service) | _own(layout, service)
        settings |= {
            name: os.environ[f"{prefix}_{name}"]
            for name in FROM_OUTSIDE
            if f"{prefix}_{name}" in os.environ
        }
        made |= {f"{prefix}_{name}": value for name, value in settings.items()}
    return made


def _service(layout: Layout, service: str) -> dict[str, str]:
    """What every service has, without its prefix."""
    settings = _objects(layout) | {
        "ENVIRONMENT": layout.mode,
        "PUBLIC_URL": layout.url,
        "LOG_LEVEL": "INFO",
        "JWKS_URL": f"http://{layout.address('user_service')}/.well-known/jwks.json",
        "PROBE_PORT": str(layout.ports[f"{service}-background"]),
        "REDIS_URL": layout.redis_url,
        "CELERY_BROKER_URL": layout.redis_url,
        "KAFKA_BOOTSTRAP": layout.address("kafka"),
        "KAFKA_TOPIC_PREFIX": "",
        "OUTBOX_REPLAY_HOURS": "0",
        **(APACHE_KAFKA if layout.apache_kafka else OWN_BROKER),
    }
    if service in ON_POSTGRES:
        found = roles.credentials(layout.superuser_url, service)
        return settings | {
            "DATABASE_URL": found.app_url,
            "DATABASE_OWNER_URL": found.owner_url,
        }
    return settings | {
        "MONGO_URL": f"mongodb://{layout.address('mongo')}/",
        "MONGO_DATABASE": f"studyzed_{service.removesuffix('_service')}",
    }


def _own(layout: Layout, service: str) -> dict[str, str]:
    """What only this service has, without its prefix."""
    keys = layout.keys
    vendors = f"http://{layout.address('vendors')}"
    return {
        "user_service": {
            "KEY_SECRET": keys["user_key_secret"],
            "CODE_SECRET": keys["user_code_secret"],
            "AUDIT_SECRET": keys["user_audit_secret"],
            "SMTP_URL": f"smtp://{layout.address('smtp')}",
            "NETWORK_SIZE": "50",  # all clients of a local platform share one address
            "MAIL_FROM": "StudyZed <no-reply@studyzed.example>",
            "ADMIN_PASSWORD": layout.admin_password or keys["admin_password"],
            "ADMIN_SECOND_FACTOR": "false",
            # An address of numbers cannot have passkeys (WebAuthn level 3, section 5.1.3).
            "PASSKEY_RP_ID": "localhost",
            "PASSKEY_ORIGINS": f"http://localhost:{layout.gateway_port}",
        },
        "session_service": {
            "CODE_SECRET": keys["session_code_secret"],
        },
        "payment_service": {
            "STRIPE_SECRET_KEY": keys["stripe_secret_key"],
            "STRIPE_WEBHOOK_SECRET": keys["stripe_webhook_secret"],
            "STRIPE_API_BASE": f"{vendors}/stripe",
            "ENDPOINT_SECRET": keys["payment_endpoint_secret"],
            "WEBHOOK_PRIVATE_ALLOWED": "true",
        },
        "notification_service": {
            "FCM_PROJECT": "studyzed-local",
            "FCM_URL": f"{vendors}/fcm",
        },
    }.get(service, {})


def _objects(layout: Layout) -> dict[str, str]:
    """Where objects are kept."""
    return {
        "OBJECTS_URL": f"http://{layout.address('objects')}",
        "OBJECTS_PUBLIC_URL": f"http://{layout.address(FILES)}",
        "OBJECTS_ACCESS_KEY": ACCESS_KEY,
        "OBJECTS_SECRET_KEY": layout.keys["objects_secret"],
        "OBJECTS_BUCKET": BUCKET,
        "OBJECTS_PUBLIC_BUCKET": PUBLIC_BUCKET,
    }


def _vendors(layout: Layout) -> dict[str, str]:
    """The process of the stand-ins and the portal."""
    return {
        "STUDYZED_MODE": layout.mode,
        "STUDYZED_DATA": str(layout.data),
        "STUDYZED_PUBLIC_URL": layout.url,
        "STUDYZED_VENDORS_PORT": str(layout.ports["vendors"]),
        "STUDYZED_SMTP_PORT": str(layout.ports["smtp"]),
        "STUDYZED_OBJECTS_PORT": str(layout.ports["objects"]),
        "STUDYZED_OBJECTS_SECRET": layout.keys["objects_secret"],
        "STUDYZED_REDIS_URL": layout.redis_url,
        "STUDYZED_STATUS_TARGETS": json.dumps(status_targets(layout)),
        "VENDOR_STRIPE_WEBHOOK_URL": f"{layout.url}/api/payments/v1/stripe/webhooks",
        "VENDOR_STRIPE_WEBHOOK_SECRET": layout.keys["stripe_webhook_secret"],
    }


def status_targets(layout: Layout) -> list[dict[str, str]]:
    """What `/status.json` looks at: every process and every server."""

    def target(name: str, kind: str, where: str) -> dict[str, str]:
        return {"name": name, "kind": kind, "target": where}

    tcp = [target(TITLES.get(name, name), "tcp", layout.address(name)) for name in SERVERS]
    tcp += [target(name, "tcp", layout.address(name)) for name in ("smtp", "objects")]
    tcp += [target("gateway", "tcp", f"{HOST}:{layout.gateway_port}")]
    processes = [name for name in PORTS if name not in (*SERVERS, *VENDORS, FILES)]
    http = [target(name, "http", f"http://{layout.address(name)}/readyz") for name in processes]
    return [*http, target("celery", "heartbeat", HEARTBEAT), *tcp]


def gateway(layout: Layout, routes: Path, spa: Path | None) -> dict[str, str]:
    """What only the gateway's process is told: upstreams, the local routes, the web client."""
    upstreams = {f"{prefix}_UPSTREAM": layout.address(name) for name, prefix in SERVICES.items()}
    return upstreams | {
        "PORTAL_UPSTREAM": layout.address("vendors"),
        "OBJECTS_UPSTREAM": layout.address("objects"),
        "FILES_PORT": str(layout.ports[FILES]),
        "GATEWAY_BIND": HOST,
        "GATEWAY_PORT": str(layout.gateway_port),
        "GATEWAY_EXTRA_ROUTES": str(routes),
        "SPA_DIR": str(spa or ""),
        "XDG_DATA_HOME": str(layout.data / "caddy"),
        "XDG_CONFIG_HOME": str(layout.data / "caddy"),
        "GOMEMLIMIT": "40MiB",
    }
