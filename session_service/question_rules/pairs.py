"""A content and its key as an author hands them in."""

from collections.abc import Callable, Collection

from libs.errors import FieldProblem
from session_service.question_rules.contents import AnyContent
from session_service.question_rules.keys import AnyKey


def problem(content: AnyContent, key: AnyKey) -> FieldProblem | None:
    """Why a key is none for this content; `None` if it is one."""
    if content.type != key.type:
        return FieldProblem("/key/type", "wrong_type", f"the content is of type {content.type}")
    return key.problem(content)


def relabelled(
    content: AnyContent, key: AnyKey, keep: Collection[str], draw: Callable[[], str]
) -> tuple[AnyContent, AnyKey]:
    """The same with drawn ids, as an author's (`a`, `b`, `right`) could betray what is right. Those
    to `keep` were drawn for an earlier version: answers name them.
    """
    names = {one: one if one in keep else draw() for one in content.hidden_ids}
    return content.renamed(names), key.renamed(names)
