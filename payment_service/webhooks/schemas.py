"""What Stripe sends and gets."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

from libs.schemas import Schema
from payment_service.checkouts.stripe_objects import StripeId


class StripeData(BaseModel):
    """Around the object that an event is about."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    object: dict[str, Any]


class StripeEvent(BaseModel):
    """An event (https://docs.stripe.com/api/events/object); other fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: StripeId
    type: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.]{1,100}$")]
    data: StripeData


class Received(Schema):
    """The receipt: the event is kept and need not be sent again."""

    received: bool = True
