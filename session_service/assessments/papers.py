"""The paper of one attempt: a pure function of the published assessment and the attempt's seed
(S-A10). The same on every reload, different between seeds, and alike on every version of Python.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from session_service.assessments.schemas import Paper, PaperQuestion
from session_service.question_rules.contents import AnyContent


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that may come in a paper; it holds no key."""

    id: UUID
    content: AnyContent
    points: Decimal
    negative: Decimal


@dataclass(frozen=True, slots=True)
class Slot:
    """`count` of these questions come in each paper."""

    count: int
    questions: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all papers of an assessment are made from."""

    slots: tuple[Slot, ...]
    shuffle_questions: bool
    shuffle_options: bool


def new_seed() -> str:
    """A seed for one attempt, 128 bits in hexadecimal. Students never see it."""
    return secrets.token_hex(16)


def shuffled(seed: str, purpose: str, ids: Iterable[str]) -> list[str]:
    """Ids in an order that the seed decides; where they stood before makes no difference."""
    return sorted(ids, key=lambda one: sha256(f"{seed}\n{purpose}\n{one}".encode()).digest())


def drawn(sheet: Sheet, seed: str) -> list[Asked]:
    """The questions of a paper, in their order."""
    found = [one for number, slot in enumerate(sheet.slots) for one in _pick(slot, number, seed)]
    if not sheet.shuffle_questions:
        return found
    by_id = {str(one.id): one for one in found}
    return [by_id[one] for one in shuffled(seed, "questions", by_id)]


def paper(sheet: Sheet, seed: str) -> Paper:
    """What the student with this seed sees."""
    questions = [
        PaperQuestion(
            id=one.id,
            position=position,
            points=one.points,
            negative=one.negative,
            content=_arranged(one, sheet, seed),
        )
        for position, one in enumerate(drawn(sheet, seed), 1)
    ]
    return Paper(questions=questions)


def _pick(slot: Slot, number: int, seed: str) -> list[Asked]:
    by_id = {str(one.id): one for one in slot.questions}
    return [by_id[one] for one in shuffled(seed, f"draw {number}", by_id)[: slot.count]]


def _arranged(one: Asked, sheet: Sheet, seed: str) -> AnyContent:
    def order(which: str, ids: list[str]) -> list[str]:
        return shuffled(seed, f"{one.id} {which}", ids)

    return one.content.arranged(order, shuffle=sheet.shuffle_options)
