"""Trees of numbers that can be counted anew (S38). Pure and exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from session_service.explanations.schemas import NodeKind
from session_service.gradebook.rules import Cell, Counted, Grade, mean, shown, weigh
from session_service.late_policies.rules import Base, Penalty
from session_service.marks.rules import Part, half_up, taken
from session_service.marks.schemas import PartSource

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Node:
    """A number and what it follows from; `schemas.NodeOut` says how."""

    kind: NodeKind
    key: str
    value: Decimal | None
    counts: bool = True
    maximum: Decimal | None = None
    weight: Decimal | None = None
    percent: Decimal | None = None
    days: int | None = None
    base: str | None = None
    source: str | None = None
    rule: str | None = None
    children: tuple["Node", ...] = ()

    def one(self, kind: NodeKind) -> "Node | None":
        """The child of a kind."""
        return next((child for child in self.children if child.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A mark as it stood at a moment; `replaced` are the parts that were overruled, by key."""

    total: Decimal | None
    penalty: Penalty | None
    penalty_points: Decimal | None
    parts: Sequence[Part]
    replaced: Mapping[str, Part]


def of_mark(mark_id: UUID, found: Standing) -> Node:
    """From a total down to its parts."""
    parts = tuple(_part(part, found.replaced.get(part.key)) for part in found.parts)
    maximum = sum((part.maximum for part in found.parts), ZERO)
    taken_off = found.penalty_points or ZERO
    earned = None if found.total is None else found.total + taken_off
    children = [Node(NodeKind.EARNED, "", earned, maximum=maximum, children=parts)]
    if found.penalty is not None:
        late = found.penalty
        children.append(
            Node(
                NodeKind.PENALTY, "late", found.penalty_points, maximum=maximum,
                percent=late.percent, days=late.days, base=late.base,
            )
        )  # fmt: skip
    return Node(
        NodeKind.TOTAL, str(mark_id), found.total, maximum=maximum, children=tuple(children)
    )


def of_grade(
    student_id: UUID, grade: Grade, cells: Sequence[Cell], marks: Mapping[UUID, Node]
) -> Node:
    """From a percentage down to all parts of all works; `marks` are the trees by column."""
    by_item = {cell.item_id: cell for cell in cells}
    children = tuple(_category(one, by_item, marks) for one in grade.categories)
    return Node(NodeKind.GRADE, str(student_id), shown(grade.percent), children=children)


def recompute(node: Node) -> Fraction | None:
    """What a node comes to, from its leaves alone: no value between is looked at."""
    if node.kind is NodeKind.GRADE:
        return weigh(
            [(recompute(one), one.weight) for one in node.children if one.weight is not None]
        )
    if node.kind is NodeKind.CATEGORY:
        found = [recompute(one) for one in node.children if one.counts]
        return mean([percent for percent in found if percent is not None])
    if node.kind is NodeKind.WORK:
        return _of_work(node)
    if node.kind is NodeKind.TOTAL:
        return _of_total(node)
    if node.kind is NodeKind.EARNED:
        return _of_parts(node)
    return None if node.value is None else Fraction(node.value)


def _of_work(node: Node) -> Fraction | None:
    total = node.one(NodeKind.TOTAL)
    got = Fraction(0) if total is None else recompute(total)
    return None if got is None or not node.maximum else got * 100 / Fraction(node.maximum)


def _of_total(node: Node) -> Fraction | None:
    earned, late = node.one(NodeKind.EARNED), node.one(NodeKind.PENALTY)
    got = None if earned is None else recompute(earned)
    if got is None or late is None or late.percent is None or late.maximum is None:
        return got
    base: Base = "earned" if late.base == "earned" else "maximum"
    penalty = Penalty(late.days or 0, late.percent, base)
    whole = Decimal(got.numerator) / Decimal(got.denominator)
    return got - Fraction(taken(half_up(whole), late.maximum, penalty))


def _of_parts(node: Node) -> Fraction | None:
    points = [recompute(one) for one in node.children if one.counts]
    if not points or None in points:
        return None
    return max(Fraction(0), sum((one for one in points if one is not None), Fraction(0)))


def _part(part: Part, replaced: Part | None) -> Node:
    return Node(
        NodeKind.PART,
        part.key,
        part.points,
        maximum=part.maximum,
        source=part.source.value,
        rule=part.rule,
        children=() if replaced is None else (_replaced(replaced),),
    )


def _replaced(part: Part) -> Node:
    return Node(
        NodeKind.REPLACED, part.key, part.points, counts=False, maximum=part.maximum,
        source=part.source.value, rule=part.rule,
    )  # fmt: skip


def _category(one: Counted, cells: Mapping[UUID, Cell], marks: Mapping[UUID, Node]) -> Node:
    works = [(item_id, True) for item_id in one.counted]
    works += [(item_id, False) for item_id in one.dropped]
    children = tuple(_work(cells[item_id], marks, counts=counts) for item_id, counts in works)
    name, weight = one.category.name, one.category.weight
    return Node(NodeKind.CATEGORY, name, shown(one.percent), weight=weight, children=children)


def _work(cell: Cell, marks: Mapping[UUID, Node], *, counts: bool) -> Node:
    tree = None if cell.missing else marks.get(cell.item_id)
    return Node(
        NodeKind.WORK,
        str(cell.item_id),
        shown(cell.percent),
        counts=counts,
        maximum=cell.points,
        children=() if tree is None else (tree,),
    )


def replaced_in(trail: Sequence[Sequence[Part]]) -> dict[str, Part]:
    """For each part that was overruled last, what it was before; `trail` are a mark's parts after
    each change, oldest first.
    """
    found: dict[str, Part] = {}
    for parts in trail:
        for part in parts:
            if part.source is not PartSource.OVERRIDE and part.points is not None:
                found[part.key] = part
    now = {part.key for part in trail[-1] if part.source is PartSource.OVERRIDE} if trail else set()
    return {key: part for key, part in found.items() if key in now}
