"""Conversations of two people, and how far each has read."""
