"""What can go wrong with a link to a Google account."""

from libs.errors import Conflict


class GoogleLinkTaken(Conflict):
    """This Google account, or yours, is linked with another one already."""

    code = "google_link_taken"
