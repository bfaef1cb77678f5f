"""What can go wrong when somebody proves who they are a second time."""

from libs.errors import BadRequest, Conflict, TooMany


class FactorRefused(BadRequest):
    """This code or passkey is wrong, was used before, or is not this account's."""

    code = "factor_refused"


class ChallengeRefused(BadRequest):
    """This challenge is used, too old, or was tried too often: begin again."""

    code = "challenge_refused"


class PasskeyKnown(Conflict):
    """This passkey has been added already."""

    code = "passkey_known"


class TooManyFactorTries(TooMany):
    """Too many wrong codes for this account: wait, or use a recovery code or a passkey."""

    code = "too_many_factor_tries"
