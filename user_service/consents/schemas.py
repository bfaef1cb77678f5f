"""What clients send and get about consents."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from libs.schemas import Schema

OLDEST = date(1900, 1, 1)


class Purpose(StrEnum):
    """What a consent is for. `guardian` is given by somebody else, for a person under age."""

    TERMS = "terms"
    PRIVACY = "privacy"
    MARKETING_MAIL = "marketing_mail"
    RESEARCH = "research"
    GUARDIAN = "guardian"


OWN = frozenset(Purpose) - {Purpose.GUARDIAN}
"""The purposes that a person consents to."""


def _own(purpose: Purpose) -> Purpose:
    if purpose not in OWN:
        raise ValueError("this consent is given by a guardian")
    return purpose


OwnPurpose = Annotated[Purpose, AfterValidator(_own)]
Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]


class ConsentSet(Schema):
    """Gives or takes back a consent; `version` is that of the text that was shown."""

    version: Version
    given: bool


class ConsentGiven(Schema):
    """A consent given at sign-up."""

    purpose: OwnPurpose
    version: Version


def _each_once(given: list[ConsentGiven]) -> list[ConsentGiven]:
    if len({one.purpose for one in given}) < len(given):
        raise ValueError("name each purpose once")
    return given


SignUpConsents = Annotated[
    list[ConsentGiven], Field(max_length=len(OWN)), AfterValidator(_each_once)
]
BirthDate = Annotated[date, Field(ge=OLDEST)]


class ConsentOut(Schema):
    """One statement about a purpose."""

    id: UUID
    purpose: Purpose
    version: str
    given: bool
    source: str
    at: datetime


class ConsentsOut(Schema):
    """What counts now, by purpose. `missing` are those whose text in force one has still to agree
    to; `needs_guardian` is true for somebody who signed up under age, before that was refused, and
    whom no guardian has vouched for.
    """

    items: list[ConsentOut]
    missing: list[Purpose]
    needs_guardian: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What the platform asks for: versions by purpose, and the age (years) from which one may sign
    up; 0: any.
    """

    required: Mapping[Purpose, str]
    guardian_age: int
