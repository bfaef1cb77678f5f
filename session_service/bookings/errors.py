"""What can go wrong with bookings."""

from libs.errors import Conflict, NotFound


class AvailabilityNotFound(NotFound):
    """This teacher cannot be booked, or is none of this class."""

    code = "availability_not_found"


class BookingNotFound(NotFound):
    """There is no such booking, or it is none of yours."""

    code = "booking_not_found"


class SlotTaken(Conflict):
    """This time is not free (any more): ask for the slots again."""

    code = "slot_taken"


class BookingClosed(Conflict):
    """This booking is cancelled already, or its lesson has begun."""

    code = "booking_closed"


class TooLateToCancel(Conflict):
    """The lesson is too near: ask your tutor."""

    code = "too_late_to_cancel"


class CreditNeeded(Conflict):
    """This tutor is booked with a make-up credit: name one that is good."""

    code = "credit_needed"
