"""What can go wrong with make-up credits."""

from libs.errors import Conflict, NotFound


class CreditNotFound(NotFound):
    """There is no such credit, or it is none of yours."""

    code = "credit_not_found"


class CreditSpent(Conflict):
    """This credit is used, has expired or was taken back."""

    code = "credit_spent"


class CreditGiven(Conflict):
    """This student has a credit for this lesson already."""

    code = "credit_given"
