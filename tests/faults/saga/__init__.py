"""The approval saga (P-A9) under fire: many classes on one platform, each paid, approved and
rejected in an order of its own, while everything is killed.
"""
