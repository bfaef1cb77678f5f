"""Prometheus metrics that every process shares; served at `/metrics`, never through the gateway.

Labels hold route templates, topics and consumer names only, never ids: their number stays bounded.
"""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("http_requests_total", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "http_request_seconds", "Time to answer, in seconds.", ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
OUTBOX_DEPTH = Gauge("outbox_depth", "Outbox rows that have not left yet.")
OUTBOX_SENT = Counter("outbox_sent_total", "Outbox rows sent.", ["destination"])
OPEN_JOBS = Gauge("jobs_open", "Jobs sent to Celery that have not closed their outbox row yet.")
CONSUMER_LAG = Gauge(
    "consumer_lag", "Events that a consumer has not committed yet.", ["consumer", "topic"]
)
EVENTS = Counter("events_consumed_total", "Events handled.", ["consumer", "type", "outcome"])
DEAD_LETTERS = Counter(
    "dead_letters_total", "Events given up and kept in the dead topic.", ["consumer", "type"]
)
JOBS = Counter("jobs_total", "Jobs run.", ["type", "outcome"])
SOCKETS = Gauge("sockets_open", "WebSockets that are open.")
SOCKET_CLOSES = Counter("socket_closes_total", "WebSockets closed by us.", ["code"])
