"""Owns conversations, their messages, and the live sockets of all clients.

Does not own classes, people's data or the notifications whose arrival it shows; it keeps who may
talk to whom from other services' events.
"""
