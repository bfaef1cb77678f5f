"""What can go wrong with signing keys."""

from libs.errors import Conflict


class KeyTooYoung(Conflict):
    """The next key was published less than ten minutes ago: some service may not know it yet."""

    code = "key_too_young"
