"""What makes tampering with the audit trail evident: HMAC-SHA-256 over canonical JSON (sorted keys,
no spaces, UTC instants with microseconds), under a key that the database does not hold.

Each entry carries a code over its own content, made when it is written: who can write to the
database, and does not know the key, can add or change none unnoticed. Each seal covers the entry's
code and the seal before it: none can be taken away or moved unnoticed.

Entries that are older than codes have none. They can only stand at the chain's beginning, before
the first entry with a code, and their seals cover a code that is made when they are sealed: from
then on they are as safe as others.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from user_service.audit.models import AuditEntry, AuditSeal
from user_service.settings import Settings

KEY = "audit_key"
GENESIS = "0" * 64
"""What the first seal follows."""


def info(settings: Settings) -> dict[str, Any]:
    """What sessions carry so that entries can be written."""
    return {KEY: settings.audit_secret.get_secret_value().encode()}


def code_of(key: bytes, entry: AuditEntry) -> str:
    """The code of an entry's content."""
    content = {
        "id": entry.id,
        "at": entry.at,
        "actor_id": entry.actor_id,
        "action": entry.action,
        "subject_id": entry.subject_id,
        "details": entry.details,
    }
    return _hmac(key, "entry", content)


def hash_of(key: bytes, seal: AuditSeal, entry_code: str) -> str:
    """The hash of a seal on an entry of this code."""
    content = {
        "seq": seal.seq,
        "previous": seal.previous,
        "entry_id": seal.entry_id,
        "entry_code": entry_code,
        "sealed_at": seal.sealed_at,
    }
    return _hmac(key, "seal", content)


def _hmac(key: bytes, kind: str, content: Mapping[str, Any]) -> str:
    text = json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    )
    return hmac.new(key, f"audit {kind}\n{text}".encode(), hashlib.sha256).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")
