"""What can go wrong with coupons."""

from libs.errors import Conflict, Invalid, NotFound


class CouponNotFound(NotFound):
    """There is no such coupon."""

    code = "coupon_not_found"


class CouponExists(Conflict):
    """There is a coupon of this code already."""

    code = "coupon_exists"


class CouponEndsTooEarly(Invalid):
    """A coupon must end after it begins."""

    code = "coupon_ends_too_early"


class CouponInUse(Conflict):
    """Somebody has used this coupon, or has a quote with it: switch it off instead."""

    code = "coupon_in_use"


class CouponNotValid(Conflict):
    """This coupon does not hold now, or not for this plan."""

    code = "coupon_not_valid"


class CouponUsedUp(Conflict):
    """This coupon has been used as often as it may be."""

    code = "coupon_used_up"


class CouponUsedByYou(Conflict):
    """You have used this coupon as often as you may."""

    code = "coupon_used_by_you"
