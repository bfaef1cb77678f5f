"""A Stripe that takes no money: the part of Stripe's API v1 that StudyZed uses.

Spoken to by the real SDK with `base_addresses={"api": "http://127.0.0.1:PORT/stripe"}`. Shapes,
errors and idempotency follow docs.stripe.com/api. Objects, stored answers and undelivered webhooks
are kept in SQLite, so an open checkout outlives a restart of this process.
"""
