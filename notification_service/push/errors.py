"""What a provider of pushes may answer, other than yes."""

from libs.errors import Unavailable


class TokenGone(Exception):
    """The provider no longer knows this token, or never did: the device is to be removed."""


class PushRefused(Exception):
    """The provider will never take this message, whatever the device: trying again is no use."""


class ProviderBusy(Unavailable):
    """The provider of pushes did not take the message: try again."""

    code = "push_provider_busy"


class ProviderSilent(Unavailable):
    """The provider of pushes did not answer: it may or may not have taken the message."""

    code = "push_provider_silent"
