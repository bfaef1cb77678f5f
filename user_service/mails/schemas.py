"""Jobs about mails."""

from typing import ClassVar
from uuid import UUID

from libs.jobs import Job


class SendMail(Job):
    """Send a mail that was asked for."""

    type: ClassVar[str] = "user.mails.send"

    mail_id: UUID
