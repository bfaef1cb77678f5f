"""What can go wrong with subscriptions."""

from libs.errors import Conflict, NotFound


class SubscriptionNotFound(NotFound):
    """There is no such subscription, or it is not yours."""

    code = "subscription_not_found"


class SubscriptionOver(Conflict):
    """This class's subscription has expired: it cannot be paid for any more."""

    code = "subscription_expired"


class SubscriptionTransitionForbidden(Conflict):
    """A subscription cannot go from its present state to this one."""

    code = "subscription_transition_forbidden"
