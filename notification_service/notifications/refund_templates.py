"""Kinds of notifications about refunds that did not take the straight way."""

from typing import ClassVar
from uuid import UUID

from notification_service.notifications.templates import Template


class RefundInWallet(Template):
    """To the payer. The sum is in the wallet's statement."""

    kind: ClassVar[str] = "refund_moved_to_wallet"
    study_session_field: ClassVar[str] = "study_session_id"

    study_session_id: UUID
    payment_id: UUID
    refund_id: UUID
