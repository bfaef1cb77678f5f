"""Technical code that every service stands on: databases, events, errors, tokens, sockets.

No business word belongs here, except the events themselves (`libs/events/`) and the role names in
`libs/auth.py`.
"""
