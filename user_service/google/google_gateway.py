"""Google's certificates, by which its ID tokens are checked."""

import re

import httpx

from libs import log
from libs.crashpoint import reach
from libs.errors import Unavailable

TIMEOUT_SECONDS = 5

logger = log.get(__name__)


class GoogleGateway:
    """Fetches from one address."""

    def __init__(self, certificates_url: str) -> None:
        self._url = certificates_url

    async def certificates(self) -> tuple[dict[str, str], float]:
        """Certificates in PEM by key id, and for how many seconds they may be kept.

        Raises `Unavailable` when they cannot be had.
        """
        try:
            await reach("google.before_certificates")
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                answer = await client.get(self._url)
            await reach("google.after_certificates")
            found = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            logger.warning("google_certificates_not_fetched", reason=type(error).__name__)
            raise Unavailable("Google's certificates cannot be fetched") from error
        certificates = {str(key): str(value) for key, value in found.items()}
        return certificates, _max_age(answer.headers.get("cache-control", ""))


def _max_age(cache_control: str) -> float:
    """How many seconds an answer may be kept (RFC 9111, section 5.2.2.1)."""
    found = re.search(r"(?:^|[\s,])max-age=(\d{1,9})", cache_control)
    return float(found[1]) if found else 0.0
