"""The bare programs: the least that does the same work, against which our own paths are measured.

They stand on the same drivers, servers and rows, and share no code with the services except the
middleware of `libs.app`, where the table of targets says "behind the same middleware".
"""
