"""Structured logs: an event name plus fields, one JSON object per line on standard error.

Never log a token, an address or a message's body. As a second line of defence `redact` blanks
fields whose names say that they hold such a thing, and anything that looks like a bearer token or
an e-mail address inside a text.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from libs import tracing

SECRET_NAME = re.compile(
    r"pass|secret|token|authorization|cookie|api_?key|e?mail|phone|otp|body|payload", re.IGNORECASE
)
SECRET_TEXT = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*|Bearer\s+\S+|[\w.+-]+@[\w-]+\.[\w.-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
BLANK = "[redacted]"


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blanks what must not be in a log, by field name and by look. A structlog processor."""
    for name, value in event.items():
        event[name] = _clean("" if name == "event" else name, value)
    return event


def _clean(name: str, value: Any) -> Any:
    if SECRET_NAME.search(name):
        return BLANK
    if isinstance(value, str):
        return SECRET_TEXT.sub(BLANK, value)
    if isinstance(value, Mapping):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean("", inner) for inner in value]
    return _clean("", str(value)) if isinstance(value, BaseException) else value


def _trace(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if trace_id := tracing.current_trace_id():
        event["trace_id"] = trace_id
    return event


def configure(service: str, level: str = "INFO") -> None:
    """Sets up structlog and the standard library's logging for this process, alike."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace,
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in (
        "aiokafka",
        "pymongo",
        "asyncio",
        "urllib3",
        "httpx",
        "httpcore",
        "uvicorn.error",
        "stripe",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger for a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
