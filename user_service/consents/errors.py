"""What can go wrong with consents."""

from libs.errors import Conflict, Invalid


class ConsentNeeded(Conflict):
    """An account needs this consent: close the account instead of taking it back."""

    code = "consent_needed"


class GuardianNeeded(Invalid):
    """You are too young to sign up: a guardian would have to consent, which is not possible yet."""

    code = "guardian_needed"


class ConsentOutdated(Invalid):
    """This is not the version of the text that is in force."""

    code = "consent_outdated"
