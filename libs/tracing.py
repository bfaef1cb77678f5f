"""Trace ids from HTTP through Kafka to Celery (W3C Trace Context,
https://www.w3.org/TR/trace-context/).

Every request, event and job runs inside a span of the OpenTelemetry API. Without an exporter that
API does nothing, so the ids themselves are kept here in one context variable: they cost a few
microseconds and are in every log line and error.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)

TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}\Z")
_current: ContextVar[str] = ContextVar("traceparent", default="")


def new_traceparent(trace_id: str = "") -> str:
    """A fresh traceparent; a new span of the trace `trace_id` (32 hexadecimal digits) if one is
    given.
    """
    return f"00-{trace_id or secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def current_traceparent() -> str:
    """The traceparent of what runs now; empty outside any span."""
    return _current.get()


def current_trace_id() -> str:
    """The trace id of what runs now, 32 hexadecimal digits; empty outside any span."""
    return _current.get()[3:35]


@contextmanager
def span(name: str, parent: str = "", kind: SpanKind = SpanKind.INTERNAL) -> Iterator[str]:
    """Runs a block as a span of the trace that `parent` (a traceparent) names, or of a new trace.
    Yields the trace id.

    A malformed parent is ignored, as the standard asks.
    """
    found = TRACEPARENT.match(parent)
    context = None
    if found:
        remote = SpanContext(
            int(found[1], 16), int(found[2], 16), is_remote=True, trace_flags=TraceFlags(1)
        )
        context = set_span_in_context(NonRecordingSpan(remote))
    with trace.get_tracer("studyzed").start_as_current_span(
        name, context=context, kind=kind
    ) as active:
        real = active.get_span_context()
        exported = real.is_valid and active.is_recording()
        mine = (
            f"00-{real.trace_id:032x}-{real.span_id:016x}-01"
            if exported
            else new_traceparent(found[1] if found else "")
        )
        token = _current.set(mine)
        try:
            yield mine[3:35]
        finally:
            _current.reset(token)


def configure(service: str, endpoint: str) -> None:
    """Exports spans to an OTLP/HTTP endpoint; without an endpoint it does nothing, and the SDK is
    not even imported.
    """
    if not endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)
