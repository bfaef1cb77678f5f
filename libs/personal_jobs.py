"""The jobs that every service has about a person's data; each gives them a `type` of its own."""

from uuid import UUID

from libs.jobs import Job


class CollectJob(Job):
    """Base of each service's job that writes its part. `folder` is a random name that nobody else
    can guess; a second run writes the same object again.
    """

    export_id: UUID
    account_id: UUID
    folder: UUID


class EraseJob(Job):
    """Base of each service's job that erases a person."""

    erasure_id: UUID
    account_id: UUID
