"""What can go wrong with a sign-in by Google."""

from libs.errors import NotFound, Unauthorized


class GoogleTokenRefused(Unauthorized):
    """This is no valid ID token of Google's for this app."""

    code = "google_token_refused"


class GoogleOff(NotFound):
    """Sign-in with Google is not switched on here."""

    code = "google_off"
