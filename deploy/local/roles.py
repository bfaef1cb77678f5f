"""Roles of the databases: their names, passwords and URLs, worked out without asking a server."""

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

DRIVER = "postgresql+asyncpg"


@dataclass(frozen=True)
class Credentials:
    """SQLAlchemy URLs (asyncpg) of one database, for its two roles."""

    app_url: str
    owner_url: str


def credentials(superuser_url: str, service: str, database: str | None = None) -> Credentials:
    """Returns the URLs that `provision` makes valid; asks no server."""
    service = service.removesuffix("_service")
    host = urlsplit(superuser_url).netloc.rpartition("@")[2]
    name = database or f"studyzed_{service}"

    def url(role: str) -> str:
        return f"{DRIVER}://{role}:{password(superuser_url, role)}@{host}/{name}"

    return Credentials(app_url=url(f"{service}_app"), owner_url=url(f"{service}_owner"))


def password(superuser_url: str, role: str) -> str:
    """A role's password: known to whoever knows the superuser's, and to nobody else."""
    key = urlsplit(superuser_url).password
    if not key:
        raise ValueError("the superuser's URL holds no password")
    return hmac.new(key.encode(), f"studyzed role {role}".encode(), hashlib.sha256).hexdigest()
