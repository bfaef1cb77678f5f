"""Jobs about a person's data."""

from typing import ClassVar

from libs.personal_jobs import CollectJob, EraseJob


class CollectExport(CollectJob):
    """Put what this service holds of a person into the object store."""

    type: ClassVar[str] = "message.privacy.collect"


class EraseAccount(EraseJob):
    """Remove, or make nobody's, what this service holds of a person."""

    type: ClassVar[str] = "message.privacy.erase"
