"""What can go wrong with a sign-in by Google."""

from libs.errors import Forbidden, NotFound, Unauthorized


class GoogleNotForAdmins(Forbidden):
    """Admins sign in by password."""

    code = "google_not_for_admins"


class GoogleNotLinked(NotFound):
    """No Google account is linked to yours."""

    code = "google_not_linked"


class GoogleTokenRefused(Unauthorized):
    """This is no valid ID token of Google's for this app, or not for an account here."""

    code = "google_token_refused"


class GoogleOff(NotFound):
    """Sign-in with Google is not switched on here."""

    code = "google_off"
