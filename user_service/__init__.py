"""Owns accounts, their credentials, logins and the keys that sign access tokens.

Does not own classes, money, messages or notifications; other services keep the names they need from
our events.
"""
