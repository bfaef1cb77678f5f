"""The one way to Stripe: the only module that imports its SDK, and only when it is first needed.

Answers leave as our own types, failures as `ProviderUnavailable` (a repeat may help), or as
`CheckoutRefused` or `RefundRefused` (it will not).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from libs import log
from libs.crashpoint import reach
from payment_service.checkouts import stripe_params as params_of
from payment_service.checkouts.errors import (
    CheckoutRefused,
    EvidenceRefused,
    ProviderUnavailable,
    SignatureRefused,
)
from payment_service.checkouts.orders import Order, TopUpOrder
from payment_service.checkouts.stripe_objects import (
    CheckoutSession,
    DisputePage,
    IntentPage,
    ListPage,
    PaymentIntent,
    RefundList,
    RefundPage,
    StripeDispute,
    StripeRefund,
)
from payment_service.reconciliations.states import Sums, Told
from payment_service.refunds.errors import RefundRefused
from payment_service.refunds.states import RefundFound, RefundOrder, RefundState
from payment_service.settings import Settings

if TYPE_CHECKING:
    import stripe

TOLERANCE_SECONDS = 300
REFUSALS = (400, 402, 404)
LISTED = 100
"""As many as Stripe gives at once; a payment has far fewer refunds."""

OPEN_AT_MOST = timedelta(days=1)
"""From an intent's opening to its payment: a checkout of Stripe's lives no longer."""

T = TypeVar("T", PaymentIntent, StripeRefund, StripeDispute)

logger = log.get(__name__)


class _NotThere(Exception):
    """Stripe does not know what was asked for."""


class StripeGateway:
    """Stripe's Checkout and webhooks, over the SDK's asynchronous client."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: stripe.StripeClient | None = None
        self._http: stripe.HTTPXClient | None = None
        self._making = asyncio.Lock()

    async def open(self, order: Order | TopUpOrder) -> CheckoutSession:
        """Opens a checkout for a payment or top-up, or returns the one that it has.

        Raises `ProviderUnavailable` or `CheckoutRefused`.
        """
        client = await self._client()
        params = params_of.checkout(order, self._settings.success_url, self._settings.cancel_url)
        return await self._checkout(
            client.v1.checkout.sessions.create_async(params, {"idempotency_key": order.key})
        )

    async def look(self, session_id: str) -> CheckoutSession:
        """A checkout as it stands. Raises `ProviderUnavailable` or `CheckoutRefused`."""
        client = await self._client()
        return await self._checkout(client.v1.checkout.sessions.retrieve_async(session_id))

    async def expire(self, session_id: str) -> CheckoutSession:
        """Closes a checkout if it is still open, and returns it as it stands then.

        Raises `ProviderUnavailable` or `CheckoutRefused`.
        """
        client = await self._client()
        try:
            return await self._checkout(client.v1.checkout.sessions.expire_async(session_id))
        except CheckoutRefused:
            return await self.look(session_id)  # it was not open any more

    async def refund(self, order: RefundOrder) -> RefundFound:
        """Gives money of a payment back, or returns the refund that was made under this key.

        Raises `ProviderUnavailable` or `RefundRefused`.
        """
        client = await self._client()
        call = client.v1.refunds.create_async(
            params_of.refund(order), {"idempotency_key": order.key}
        )
        return StripeRefund.model_validate(await self._answer(call, _refused)).found()

    async def find_refund(self, order: RefundOrder) -> RefundFound | None:
        """A refund as it stands, by its id if that is known; else the one that was made for this
        order, or by hand as the order allows. What has failed is none then.

        Raises `ProviderUnavailable` or `RefundRefused`.
        """
        client = await self._client()
        if order.stripe_refund_id is not None:
            call = client.v1.refunds.retrieve_async(order.stripe_refund_id)
            return StripeRefund.model_validate(await self._answer(call, _refused)).found()
        listed = client.v1.refunds.list_async(
            {"payment_intent": order.payment_intent, "limit": LISTED}
        )
        return RefundList.model_validate(await self._answer(listed, _refused)).find(order)

    async def moved(self, since: datetime, until: datetime) -> Told:
        """All that was paid and given back in a window, by payment intent. An intent counts by when
        it was opened, so those of a day before are told as well. Raises `ProviderUnavailable`.
        """
        client = await self._client()
        opened = params_of.window(since - OPEN_AT_MOST, until)
        paid = await self._pages(client.v1.payment_intents.list_async, opened, IntentPage)
        made = await self._pages(
            client.v1.refunds.list_async, params_of.window(since, until), RefundPage
        )
        told = Told(Counter(), Counter())
        for intent in paid:
            told.paid[intent.id] += intent.amount_received
        for refund in made:
            if refund.state is RefundState.SUCCEEDED and refund.payment_intent:
                told.refunded[refund.payment_intent] += refund.amount
        return told

    async def sums(self, payment_intent: str) -> Sums:
        """What has moved for one intent; nothing for one that Stripe does not know. Raises
        `ProviderUnavailable`.
        """
        client = await self._client()
        call = client.v1.payment_intents.retrieve_async(payment_intent)
        try:
            found = PaymentIntent.model_validate(await self._answer(call, lambda _: _NotThere()))
        except _NotThere:
            return Sums()
        listed = await self._pages(
            client.v1.refunds.list_async, {"payment_intent": payment_intent}, RefundPage
        )
        gone = [one.amount for one in listed if one.state is RefundState.SUCCEEDED]
        return Sums(found.amount_received, sum(gone))

    async def find_dispute(self, stripe_dispute_id: str) -> StripeDispute | None:
        """A dispute as it stands; `None` for one that Stripe does not know. Raises
        `ProviderUnavailable`.
        """
        client = await self._client()
        call = client.v1.disputes.retrieve_async(stripe_dispute_id)
        try:
            return StripeDispute.model_validate(await self._answer(call, lambda _: _NotThere()))
        except _NotThere:
            return None

    async def send_evidence(self, stripe_dispute_id: str, text: str, key: str) -> StripeDispute:
        """Sends evidence to the payer's bank, which takes it once; the dispute as it stands then.

        Raises `ProviderUnavailable` or `EvidenceRefused`.
        """
        client = await self._client()
        call = client.v1.disputes.update_async(
            stripe_dispute_id,
            {"evidence": {"uncategorized_text": text}, "submit": True},
            {"idempotency_key": key},
        )
        return StripeDispute.model_validate(
            await self._answer(
                call, lambda error: EvidenceRefused(error.code or type(error).__name__)
            )
        )

    async def list_disputes(self, since: datetime, until: datetime) -> list[StripeDispute]:
        """All that were opened in a window, newest first. Raises `ProviderUnavailable`."""
        client = await self._client()
        opened = params_of.window(since, until)
        return await self._pages(client.v1.disputes.list_async, opened, DisputePage)

    async def verify(self, body: bytes, signature: str) -> None:
        """Checks that Stripe signed `body` within the last five minutes. Raises `SignatureRefused`.

        Source: https://docs.stripe.com/webhooks#verify-manually
        """
        client = await self._client()
        import stripe  # noqa: PLC0415  (loaded by `_client`)

        secret = self._settings.stripe_webhook_secret.get_secret_value()
        try:
            client.construct_event(body, signature, secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError) as error:
            # the SDK answers some malformed headers and bodies with errors of plain Python
            raise SignatureRefused from error

    async def close(self) -> None:
        """Closes the connections."""
        if self._http is not None:
            await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK's own gap

    async def _checkout(self, call: Awaitable[Any]) -> CheckoutSession:
        return CheckoutSession.model_validate(await self._answer(call, lambda _: CheckoutRefused()))

    async def _pages(
        self,
        list_: Callable[[Any], Awaitable[Any]],
        params: dict[str, Any],
        kind: type[ListPage[T]],
    ) -> list[T]:
        """All that a list of Stripe's holds, page by page."""
        found: list[T] = []
        params = params | {"limit": LISTED}
        while True:
            page = kind.model_validate(await self._answer(list_(params), lambda _: _NotThere()))
            found += page.data
            if not page.has_more or not page.data:
                return found
            params["starting_after"] = page.data[-1].id

    async def _answer(
        self, call: Awaitable[Any], refusal: Callable[["stripe.StripeError"], Exception]
    ) -> dict[str, Any]:
        import stripe  # noqa: PLC0415  (loaded by `_client`)

        try:
            async with asyncio.timeout(self._settings.stripe_timeout):
                await reach("stripe.before_call")
                found = await call
                await reach("stripe.after_call")
        except stripe.StripeError as error:
            refused = error.http_status in REFUSALS
            logger.warning(
                "stripe_failed", reason=type(error).__name__, status=error.http_status,
                code=error.code, request_id=error.request_id, refused=refused,
            )  # fmt: skip
            raise (refusal(error) if refused else ProviderUnavailable()) from error
        except TimeoutError as error:
            logger.warning("stripe_failed", reason="TimeoutError", refused=False)
            raise ProviderUnavailable from error
        answer: dict[str, Any] = found.to_dict()
        return answer

    async def _client(self) -> "stripe.StripeClient":
        async with self._making:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
            return self._made

    def _make(self) -> "stripe.StripeClient":
        import stripe  # noqa: PLC0415  (large, and most processes never need it)

        stripe.enable_telemetry = False
        settings = self._settings
        self._http = stripe.HTTPXClient(timeout=settings.stripe_timeout)
        return stripe.StripeClient(
            settings.stripe_secret_key.get_secret_value(),
            base_addresses={"api": settings.stripe_api_base} if settings.stripe_api_base else None,
            max_network_retries=settings.stripe_retries,
            http_client=self._http,
        )


def _refused(error: "stripe.StripeError") -> RefundRefused:
    return RefundRefused(error.code or type(error).__name__)
