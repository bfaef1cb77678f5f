"""What can go wrong with changes of plan."""

from libs.errors import Conflict, NotFound


class PlanChangeNotFound(NotFound):
    """There is no such change of plan, or it is not yours."""

    code = "plan_change_not_found"


class SubscriptionNotActive(Conflict):
    """Only a subscription within its paid time changes its plan; any other is renewed by one."""

    code = "subscription_not_active"


class PaidAhead(Conflict):
    """The next period is paid already: change the plan when it has begun, or at its end."""

    code = "paid_ahead"


class ClassPaused(Conflict):
    """This class is paused and its time stands still: change the plan when it goes on."""

    code = "class_paused"


class SamePlan(Conflict):
    """The subscription has this plan, or will have its price at its next renewal anyway."""

    code = "same_plan"


class OtherCurrency(Conflict):
    """A plan in another currency than what is paid cannot take its place."""

    code = "other_currency"


class PriceTooOld(Conflict):
    """A price is kept for half an hour, and as long as nothing else changes: ask for a new one."""

    code = "price_too_old"


class ChangeScheduled(Conflict):
    """A change at the end of the period is scheduled already: take it back first."""

    code = "change_scheduled"


class ChangeNotScheduled(Conflict):
    """Only a change that is scheduled can be taken back."""

    code = "change_not_scheduled"
