"""Owns each person's feed of notifications, the devices that pushes go to, and the rules between.

Does not own accounts, classes or messages; it keeps small copies of names and memberships, fed by
events.
"""
