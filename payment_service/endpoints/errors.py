"""What can go wrong with endpoints of webhooks."""

from libs.errors import Conflict, FieldProblem, Invalid, NotFound


class EndpointNotFound(NotFound):
    """There is no such endpoint, or it is not yours."""

    code = "webhook_endpoint_not_found"


class EndpointLimit(Conflict):
    """You have as many endpoints as one can have: remove one first."""

    code = "webhook_endpoint_limit"


class EndpointOff(Conflict):
    """This endpoint is switched off: switch it on first."""

    code = "webhook_endpoint_off"


class UrlRefused(Invalid):
    """Nothing is sent to this address: it must be https, and lead to the public internet alone."""

    code = "webhook_url_refused"

    def __init__(self, why: str = "") -> None:
        super().__init__(fields=[FieldProblem("/url", self.code, why)])


class AddressUnknown(Exception):
    """The host of an address has no address in the network."""


class AddressRefused(Exception):
    """The host of an address leads to where nothing may be sent."""
