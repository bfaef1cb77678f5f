"""Material of a class: files with versions, links and notes; and who has seen them."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from session_service.base import Base
from session_service.materials.errors import AlreadyPublished, NothingToPublish
from session_service.materials.schemas import Kind, MaterialState, VersionState

LINGERS = timedelta(hours=1)
"""After this time no upload can still be on its way, and none is awaited."""
GIVES_UP = timedelta(hours=2)
"""After this time no job comes back to a version (`libs.jobs.RETRY_SECONDS` and then some)."""


class Material(Base):
    """One piece of material. `newest_number` counts the versions of a file that are ready, 0 for
    none; `published_number` is the one that students see, 0 for what has no versions, and null
    while nothing is published. What waits for its time has a `publish_at`, whatever its state: a
    published file may have a newer version that waits.
    """

    __tablename__ = "materials"
    __table_args__ = (
        Index("ix_materials_study_session_id", "study_session_id", "id"),
        Index(
            "ix_materials_publish_at", "publish_at", postgresql_where=text("publish_at IS NOT NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"))
    folder_id: Mapped[UUID | None] = mapped_column(ForeignKey("folders.id"), index=True)
    lesson_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("lessons.id", ondelete="SET NULL"), index=True
    )
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    newest_number: Mapped[int]
    published_number: Mapped[int | None]
    publish_at: Mapped[datetime | None]
    notify: Mapped[bool]
    published_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    revision: Mapped[int]

    def publish(self, now: datetime, *, notify: bool) -> bool:
        """Shows the newest to all; false if they see it already. Raises `NothingToPublish`."""
        self._check_not_empty()
        self.publish_at = None
        if self._is_shown():
            return False
        self.state, self.published_number = MaterialState.PUBLISHED.value, self.newest_number
        self.published_at, self.notify = now, notify
        self.revision += 1
        return True

    def schedule(self, at: datetime, *, notify: bool) -> None:
        """Lets it be published later: what is the newest then. Raises `NothingToPublish` or
        `AlreadyPublished`.
        """
        self._check_not_empty()
        if self._is_shown():
            raise AlreadyPublished
        self.publish_at, self.notify = at, notify
        self.revision += 1

    def withdraw(self) -> bool:
        """Shows it to students no more, and forgets a time to do so; false if none saw it."""
        was_shown = self.state == MaterialState.PUBLISHED
        if was_shown or self.publish_at is not None:
            self.revision += 1
        self.state = MaterialState.DRAFT.value
        self.published_number = self.published_at = self.publish_at = None
        return was_shown

    def delete(self, now: datetime) -> bool:
        """Leaves a tombstone; returns whether students saw it."""
        was_shown = self.withdraw()
        self.state, self.deleted_at = MaterialState.DELETED.value, now
        self.folder_id = self.lesson_id = self.link = self.text = None
        self.description = ""
        self.revision += 1
        return was_shown

    def _is_shown(self) -> bool:
        shown = self.state == MaterialState.PUBLISHED
        return shown and self.published_number == self.newest_number

    def _check_not_empty(self) -> None:
        if self.kind == Kind.FILE and self.newest_number == 0:
            raise NothingToPublish


class MaterialVersion(Base):
    """One upload of a file. It has a number, 1, 2, 3 and so on, once it is ready.

    A row must outlive its objects: who wants them away makes it `gone` and `swept_at` null.
    """

    __tablename__ = "material_versions"
    __table_args__ = (
        UniqueConstraint("material_id", "number"),
        Index("ix_material_versions_material_id", "material_id", "id"),
        Index(
            "ix_material_versions_unswept", "asked_at", postgresql_where=text("swept_at IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    material_id: Mapped[UUID] = mapped_column(ForeignKey("materials.id"))
    study_session_id: Mapped[UUID] = mapped_column(ForeignKey("study_sessions.id"), index=True)
    number: Mapped[int | None]
    state: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(Text)
    refusal: Mapped[str | None] = mapped_column(Text)
    uploaded_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]

    @property
    def upload(self) -> str:
        """The key to which the client uploads, and may do so again while its leave lives."""
        return f"uploads/materials/{self.id}"

    @property
    def kept(self) -> str:
        """The key of the bytes that were looked at."""
        return f"materials/{self.id}"

    def is_over(self, now: datetime) -> bool:
        """Whether nothing can be uploaded any more."""
        return now >= self.asked_at + LINGERS

    def refuse(self, code: str) -> None:
        """Shows it to nobody; `code` says why. Only once: a job may come twice."""
        if self.state == VersionState.PENDING:
            self.state, self.refusal = VersionState.REFUSED.value, code

    def age(self, now: datetime) -> None:
        """What time does to a version that nobody cares for."""
        if self.state == VersionState.ASKED and self.is_over(now):
            self.state = VersionState.GONE.value
        if self.completed_at is not None and now >= self.completed_at + GIVES_UP:
            self.refuse("gave_up")


class MaterialView(Base):
    """That a student has opened a material, and downloaded its file: the first time of each."""

    __tablename__ = "material_views"
    __table_args__ = (UniqueConstraint("material_id", "account_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    material_id: Mapped[UUID] = mapped_column(ForeignKey("materials.id"))
    account_id: Mapped[UUID] = mapped_column(index=True)
    opened_at: Mapped[datetime]
    downloaded_at: Mapped[datetime | None]
