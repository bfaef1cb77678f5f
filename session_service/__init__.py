"""Owns classes (study sessions), memberships, tasks, submissions and marks.

Does not own accounts or money; it keeps people's names as a copy fed by events.
"""
