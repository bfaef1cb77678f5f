"""Attempts at assessments (S17, S20, R5) under fire: students save, lose their connections, hand in
or let the deadline pass, while session_service's processes are killed.
"""
