"""From choices in a rubric to the parts of a mark. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from libs.errors import FieldProblem, Invalid
from session_service.marks.rules import Part
from session_service.marks.schemas import PartSource
from session_service.rubrics.schemas import Choice, Criterion


def parts(
    criteria: Sequence[Criterion], choices: Sequence[Choice], old: Sequence[Part], rule: str
) -> list[Part]:
    """All parts of a mark by a rubric, in its order: what was chosen, else what was there by the
    same version (`rule`), else what is open. Raises `Invalid`, naming the choice.
    """
    known = {one.key for one in criteria}
    chosen: dict[str, tuple[int, Choice]] = {}
    for place, choice in enumerate(choices):
        if choice.criterion not in known or choice.criterion in chosen:
            raise _wrong(place, "criterion", "unknown_criterion", "no such criterion, or twice")
        chosen[choice.criterion] = (place, choice)
    before = {part.key: part for part in old if part.rule == rule}
    return [_part(one, chosen, before, rule) for one in criteria]


def _part(
    one: Criterion,
    chosen: Mapping[str, tuple[int, Choice]],
    before: Mapping[str, Part],
    rule: str,
) -> Part:
    if one.key not in chosen:
        open_one = Part(one.key, None, one.most, PartSource.RUBRIC, rule)
        return before.get(one.key, open_one)
    place, choice = chosen[one.key]
    points = _points(one, choice, place)
    return Part(one.key, points, one.most, PartSource.RUBRIC, rule, choice.note)


def _points(one: Criterion, choice: Choice, place: int) -> Decimal | None:
    low, high = Decimal(0), one.most
    if choice.level is not None:
        level = one.level(choice.level)
        if level is None:
            raise _wrong(place, "level", "unknown_level", "this criterion has no such level")
        low, high = level.points, level.high
        if choice.points is None and low == high:
            return low
    elif one.levels and choice.points is not None:
        raise _wrong(place, "level", "missing", "say which level it is")
    elif choice.points is None:
        return None
    if choice.points is None or not low <= choice.points <= high:
        raise _wrong(place, "points", "out_of_range", f"from {low} to {high} points")
    return choice.points


def _wrong(place: int, field: str, code: str, detail: str) -> Invalid:
    return Invalid(fields=[FieldProblem(f"/choices/{place}/{field}", code, detail)])
