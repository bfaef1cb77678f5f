"""What can go wrong when a class is to change its owner."""

from libs.errors import Conflict, NotFound


class OwnerOfferNotFound(NotFound):
    """There is no such offer, or it is none of yours."""

    code = "owner_offer_not_found"


class OwnerOfferClosed(Conflict):
    """This offer was answered or taken back, or its owner is back."""

    code = "owner_offer_closed"


class OwnerPresent(Conflict):
    """The owner is neither blocked nor leaving: only the owner offers this class to others."""

    code = "owner_present"


class AccountHeld(Conflict):
    """Your account is blocked or about to be erased: it takes no class over."""

    code = "account_held"
