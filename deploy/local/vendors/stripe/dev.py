"""`/dev/stripe/…`: the checkout page for people, and the controls for tests."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.vendors.faults import BadControl, Faults, read_control
from deploy.local.vendors.stripe import checkouts, disputes, refunds
from deploy.local.vendors.stripe import page as pages
from deploy.local.vendors.stripe.account import Account, public
from deploy.local.vendors.stripe.errors import Json, StripeError
from deploy.local.vendors.stripe.webhooks import Webhooks

LISTED = 200


@dataclass(frozen=True)
class StripeDev:
    """The routes under `/dev/stripe`."""

    account: Account
    webhooks: Webhooks
    faults: Faults

    def routes(self) -> list[Route]:
        """For the process's application."""
        session = f"{checkouts.PAGE}{{id}}"
        return [
            Route(session, self.show, methods=["GET"]),
            Route(f"{session}/pay", self.pay, methods=["POST"]),
            Route(f"{session}/decline", self.decline, methods=["POST"]),
            Route("/dev/stripe/events", self.events, methods=["GET"]),
            Route("/dev/stripe/events/{id}/resend", self.resend, methods=["POST"]),
            Route("/dev/stripe/refunds/{id}/{status}", self.end_refund, methods=["POST"]),
            Route("/dev/stripe/payment_intents/{id}/dispute", self.dispute, methods=["POST"]),
            Route("/dev/stripe/disputes/{id}/{status}", self.end_dispute, methods=["POST"]),
            Route("/dev/stripe/control", self.control, methods=["GET", "POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The hosted checkout page."""
        session = self._session(request)
        return pages.unknown_page() if session is None else self._page(session)

    async def pay(self, request: Request) -> Response:
        """*Pay*: complete the session and send the customer back."""
        session = self._session(request)
        if session is None or session["status"] == "expired":
            return pages.unknown_page() if session is None else pages.expired_page(session)
        with self.account.store.transaction():
            checkouts.pay(self.account, session)
        return RedirectResponse(pages.success_url(session), status_code=303)

    async def decline(self, request: Request) -> Response:
        """*Decline*: record the failed payment and show the page again."""
        session = self._session(request)
        if session is None:
            return pages.unknown_page()
        with self.account.store.transaction():
            checkouts.decline(self.account, session)
        return RedirectResponse(f"{checkouts.PAGE}{session['id']}", status_code=303)

    async def events(self, _: Request) -> Response:
        """The newest events with the state of their delivery."""
        listed = []
        for event in self.account.store.newest("event", LISTED, []):
            delivery = self.account.store.delivery(event["id"])
            listed.append(
                {
                    "id": event["id"],
                    "type": event["type"],
                    "object": event["data"]["object"]["id"],
                    "state": delivery.state if delivery else "not_subscribed",
                    "attempts": delivery.attempts if delivery else 0,
                    "outcome": delivery.outcome if delivery else "",
                }
            )
        return JSONResponse(listed)

    async def resend(self, request: Request) -> Response:
        """Send the webhook of one event again."""
        event_id = request.path_params["id"]
        try:
            self.webhooks.resend(event_id)
        except StripeError as error:
            return JSONResponse(error.body(), status_code=error.status)
        return JSONResponse({"event": event_id, "queued": True}, status_code=202)

    async def end_refund(self, request: Request) -> Response:
        """Let a refund succeed or fail at the bank."""
        refund_id, status = request.path_params["id"], request.path_params["status"]
        try:
            with self.account.store.transaction():
                refund = self.account.get("refund", refund_id)
                return JSONResponse(public(refunds.end(self.account, refund, status)))
        except StripeError as error:
            return JSONResponse(error.body(), status_code=error.status)

    async def dispute(self, request: Request) -> Response:
        """Let a payer's bank ask for money back; with `?inquiry` it only asks a question. Of
        `?amount` minor units, or of all.
        """
        amount = request.query_params.get("amount", "")
        if amount and not (amount.isascii() and amount.isdigit()):
            return JSONResponse({"detail": "amount must be a whole number."}, status_code=422)
        inquiry = "inquiry" in request.query_params
        intent_id, wanted = request.path_params["id"], int(amount) if amount else None
        try:
            with self.account.store.transaction():
                made = disputes.begin(self.account, intent_id, inquiry=inquiry, amount=wanted)
                return JSONResponse(public(made), status_code=201)
        except StripeError as error:
            return JSONResponse(error.body(), status_code=error.status)

    async def end_dispute(self, request: Request) -> Response:
        """Let the bank decide a dispute, or make one of an inquiry."""
        dispute_id, status = request.path_params["id"], request.path_params["status"]
        try:
            with self.account.store.transaction():
                dispute = self.account.get("dispute", dispute_id)
                return JSONResponse(public(disputes.end(self.account, dispute, status)))
        except StripeError as error:
            return JSONResponse(error.body(), status_code=error.status)

    async def control(self, request: Request) -> Response:
        """Tell or set `fail_next`, `lose_next`, `delay_ms`, `webhooks` (hold or release) and
        `refunds` (what becomes of new ones: succeeded, pending or failed).
        """
        if request.method == "POST":
            try:
                self._set(await read_control(request))
            except BadControl as error:
                return JSONResponse({"detail": str(error)}, status_code=422)
        state = "hold" if self.webhooks.held else "release"
        shown = {"webhooks": state, "refunds": self.account.refunds}
        return JSONResponse({**self.faults.state(), **shown})

    def _set(self, wanted: dict[str, object]) -> None:
        webhooks = wanted.pop("webhooks", None)
        if webhooks not in (None, "hold", "release"):
            raise BadControl("webhooks must be hold or release.")
        status = wanted.pop("refunds", self.account.refunds)
        if status not in refunds.STATUSES:
            raise BadControl(f"refunds must be one of {', '.join(refunds.STATUSES)}.")
        self.faults.set(wanted)
        self.account.refunds = str(status)
        if webhooks is not None:
            self.webhooks.held = webhooks == "hold"
            self.webhooks.wake()

    def _session(self, request: Request) -> Json | None:
        try:
            with self.account.store.transaction():
                return checkouts.get(self.account, request.path_params["id"])
        except StripeError:  # only ever: no such session
            return None

    def _page(self, session: Json) -> Response:
        if session["status"] == "complete":
            return pages.finished_page(session)
        if session["status"] == "expired":
            return pages.expired_page(session)
        return pages.open_page(session, declined=checkouts.was_declined(self.account, session))
