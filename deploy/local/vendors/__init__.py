"""Stand-ins for what StudyZed does not own: Stripe, FCM, a mail server and an object store.

They play foreign systems, so nothing here imports from the services or from `libs`, and they speak
the vendors' own protocols: the real SDKs are pointed at them. They exist in local mode only.
"""
