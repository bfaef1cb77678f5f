"""Signature Version 4 as presigned addresses carry it, checked without anybody's library.

Written after AWS's "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

ALGORITHM = "AWS4-HMAC-SHA256"
LONGEST_LIFE = 604_800
"""Seven days, in seconds, as with S3."""
NEEDED = ("Credential", "Date", "Expires", "SignedHeaders", "Signature")


class Unsigned(Exception):
    """An address that gives no right; `code` is S3's word for it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Asked:
    """What arrived, raw: nothing is decoded or tidied up before it is checked."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Pair:
    """The only pair of keys that is known."""

    access_key: str
    secret_key: str


def check(asked: Asked, pair: Pair, now: float) -> None:
    """Raises `Unsigned` unless the address is signed for this request and still good."""
    parts = [part.partition("=") for part in asked.query.split("&")]
    values = {name: value for name, _, value in parts}
    if len(values) != len(parts):
        raise Unsigned("AuthorizationQueryParametersError", "A parameter stands there twice.")
    given = {name: unquote(values.get(f"X-Amz-{name}", "")) for name in NEEDED}
    if unquote(values.get("X-Amz-Algorithm", "")) != ALGORITHM or not all(given.values()):
        raise Unsigned("AuthorizationQueryParametersError", "The parameters are not complete.")
    access_key, _, scope = given["Credential"].partition("/")
    if access_key != pair.access_key:
        raise Unsigned("InvalidAccessKeyId", "The access key is not known.")
    begins = _begin(given["Date"], scope)
    if not re.fullmatch(r"[0-9]{1,6}", given["Expires"]) or not (
        1 <= int(given["Expires"]) <= LONGEST_LIFE
    ):
        raise Unsigned("AuthorizationQueryParametersError", "X-Amz-Expires is out of range.")
    right = signature(canonical(asked, given["SignedHeaders"]), given["Date"], scope, pair)
    if not hmac.compare_digest(right.encode(), given["Signature"].encode()):
        raise Unsigned("SignatureDoesNotMatch", "The address is not signed for this.")
    if now >= begins + int(given["Expires"]):
        raise Unsigned("AccessDenied", "Request has expired")


def _begin(date: str, scope: str) -> float:
    try:
        begins = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Unsigned("AuthorizationQueryParametersError", "X-Amz-Date is no date.") from error
    if not re.fullmatch(rf"{date[:8]}/[a-z0-9-]+/s3/aws4_request", scope):
        raise Unsigned("AuthorizationQueryParametersError", "The credential's scope is wrong.")
    return begins.timestamp()


def canonical(asked: Asked, signed_headers: str) -> str:
    """The canonical request. Raises `Unsigned` if the host is not among the signed headers."""
    names = signed_headers.split(";")
    if "host" not in names or names != sorted(set(names)):
        raise Unsigned("AuthorizationQueryParametersError", "The signed headers are wrong.")
    parts = [part for part in asked.query.split("&") if not part.startswith("X-Amz-Signature=")]
    query = "&".join(sorted(parts))
    headers = "".join(f"{name}:{' '.join(asked.headers.get(name, '').split())}\n" for name in names)
    lines = (asked.method, asked.path, query, headers, signed_headers, "UNSIGNED-PAYLOAD")
    return "\n".join(lines)


def signature(request: str, date: str, scope: str, pair: Pair) -> str:
    """The hex signature of a canonical request."""
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{pair.secret_key}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    return hmac.digest(key, f"{ALGORITHM}\n{date}\n{scope}\n{digest}".encode(), "sha256").hex()
