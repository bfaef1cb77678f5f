"""What clients send and get about invites."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import StringConstraints

from libs.jobs import Job
from libs.schemas import Schema


class RowResult(StrEnum):
    """What becomes of a row: an invite, nothing since the address was invited before, or nothing
    since the row is wrong.
    """

    CREATED = "created"
    REPEATED = "repeated"
    REFUSED = "refused"


class InviteRowOut(Schema):
    """One row of a file. `line` is the line on which it begins, the header being line 1; `code`
    and `detail` say why a row was refused.
    """

    line: int
    result: RowResult
    code: str | None = None
    detail: str | None = None


class InviteImportOut(Schema):
    """An import and how far it is: `done` of `total` rows. It is finished early if its owner may
    invite no more. A dry run has no id, is finished at
    once, has written nothing, and carries its `rows` with it.
    """

    id: UUID | None
    state: str
    dry_run: bool = False
    total: int
    done: int
    created: int
    repeated: int
    refused: int
    started_at: datetime
    finished_at: datetime | None
    rows: list[InviteRowOut] | None = None


class InviteOut(Schema):
    """An invite of one's own. Whether its address belongs to somebody already is not told."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    locale: str
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    withdrawn_at: datetime | None


class InviteAcceptance(Schema):
    """The token of an invitation's mail."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AcceptedInvite(Schema):
    """Leave to create one account for the invited address, once, and what the inviter knew."""

    grant: str
    expires_at: datetime
    email: str
    first_name: str
    last_name: str


class RunImport(Job):
    """Turn the rows of a file into invites."""

    type: ClassVar[str] = "user.invites.run_import"

    import_id: UUID


class SendInvite(Job):
    """Mail an invite."""

    type: ClassVar[str] = "user.invites.send"

    invite_id: UUID
