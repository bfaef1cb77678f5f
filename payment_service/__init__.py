"""Owns price lists, checkouts, payments and what is paid for.

Does not own classes (it keeps a small copy, fed by session_service's events) and no card data at
all: people pay on Stripe's own page.
"""
