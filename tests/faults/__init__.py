"""Kills at every crash point and at chosen moments, held against a small model of what must be."""
