"""The declarative base of this service's tables."""

from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from libs import postgres


class Base(DeclarativeBase):
    """Base of all tables; aware datetimes, named constraints."""

    metadata: ClassVar[MetaData] = postgres.new_metadata()
    type_annotation_map: ClassVar = postgres.TYPES
