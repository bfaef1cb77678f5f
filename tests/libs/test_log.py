"""Logs hold no secrets: not in fields, not in texts, not in what an exception says."""

import json
import subprocess
import sys
from typing import Any

import pytest

from libs.log import BLANK, redact

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "key_secret", "refresh_token", "Authorization", "cookie",
     "api_key", "email", "recipient_mail", "phone", "otp", "body", "payload"],
)  # fmt: skip
def test_a_field_with_a_secret_name_is_blanked(name: str) -> None:
    assert redact(None, "info", {"event": "e", name: "anything"}) == {"event": "e", name: BLANK}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"got {TOKEN}", f"got {BLANK}"),
        ("Authorization: Bearer abc.def", f"Authorization: {BLANK}"),
        ("mail to asha.rao+x@mail.example.org now", f"mail to {BLANK} now"),
        ("postgresql+asyncpg://app:hush@db/user", f"postgresql+asyncpg://{BLANK}@db/user"),
        ("nothing to hide: 5 of 7", "nothing to hide: 5 of 7"),
    ],
)
def test_a_secret_inside_a_text_is_blanked(text: str, shown: str) -> None:
    assert redact(None, "info", {"event": text})["event"] == shown
    assert redact(None, "info", {"event": "e", "reason": text})["reason"] == shown


def test_nested_fields_are_blanked_too() -> None:
    event: dict[str, Any] = {
        "event": "e",
        "request": {"headers": {"cookie": "c"}, "size": 3},
        "tried": ["asha@example.org", 1],
        "cause": ValueError(f"bad {TOKEN}"),
    }
    assert redact(None, "info", event) == {
        "event": "e",
        "request": {"headers": {"cookie": BLANK}, "size": 3},
        "tried": [BLANK, 1],
        "cause": f"bad {BLANK}",
    }


LOGGING = f"""
import logging, sys
from libs import log, tracing
log.configure("test_service")
logger = log.get("a.module")
with tracing.span("work", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
    logger.info("started", count=3)
    try:
        raise ValueError("no mail for asha@example.org with {TOKEN}")
    except ValueError:
        logger.exception("failed", token="t")
    logging.getLogger("somebody.else").warning("to %s", "postgres://app:hush@db")
    logging.getLogger("httpx").info("not wanted")
"""


def test_lines_are_json_with_trace_and_service_and_without_secrets() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True
    )
    assert "asha" not in done.stderr
    assert "hush" not in done.stderr
    assert TOKEN not in done.stderr
    started, failed, foreign = map(json.loads, done.stderr.splitlines())
    assert (started["event"], started["count"], started["level"]) == ("started", 3, "info")
    assert {line["trace_id"] for line in (started, failed, foreign)} == {
        "0af7651916cd43dd8448eb211c80319c"
    }
    assert {line["service"] for line in (started, failed, foreign)} == {"test_service"}
    assert failed["token"] == BLANK
    assert f"ValueError: no mail for {BLANK} with {BLANK}" in failed["exception"]
    assert foreign["event"] == f"to postgres://{BLANK}@db"
