"""What clients send and get about preferences."""

from libs.schemas import Schema


class Preferences(Schema):
    """`receipts`: others see how far one has read, and one sees how far they have."""

    receipts: bool


class PreferencesUpdate(Schema):
    """What is left out stays as it is."""

    receipts: bool | None = None
