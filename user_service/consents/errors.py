"""What can go wrong with consents."""

from libs.errors import Conflict, Invalid


class ConsentNeeded(Conflict):
    """An account needs this consent: close the account instead of taking it back."""

    code = "consent_needed"


class ConsentOutdated(Invalid):
    """This is not the version of the text that is in force."""

    code = "consent_outdated"
