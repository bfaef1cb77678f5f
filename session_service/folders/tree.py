"""The tree of a class's folders: pure rules, which the database never sees half done.

Siblings count from 0 without gaps, in the order in which people put them. The caller holds the
class's lock: two moves at once would each be right by itself, and make a cycle together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from session_service.folders.errors import FolderCycle, FolderNotFound, FolderTooDeep

DEEPEST = 8
"""How many folders lie in each other at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a folder lies: in which one (`None`: in the class itself), and where among those."""

    parent_id: UUID | None
    position: int


Tree = Mapping[UUID, Place]


def append(tree: Tree, parent_id: UUID | None) -> Place:
    """The place of a new folder: the last one in `parent_id`. Raises `FolderNotFound` or
    `FolderTooDeep`.
    """
    if depth(tree, parent_id) + 1 > DEEPEST:
        raise FolderTooDeep
    return Place(parent_id, len(_inside(tree, parent_id)))


def move(tree: Tree, folder_id: UUID, to: Place) -> dict[UUID, Place]:
    """The places that change when a folder goes to a place; behind the last one means last.

    Raises `FolderNotFound`, `FolderCycle` or `FolderTooDeep`.
    """
    if folder_id not in tree:
        raise FolderNotFound
    if folder_id in path(tree, to.parent_id):
        raise FolderCycle
    if depth(tree, to.parent_id) + height(tree, folder_id) > DEEPEST:
        raise FolderTooDeep
    left = [one for one in _inside(tree, tree[folder_id].parent_id) if one != folder_id]
    joined = [one for one in _inside(tree, to.parent_id) if one != folder_id]
    joined.insert(to.position, folder_id)
    wanted = _numbered(left, tree[folder_id].parent_id) | _numbered(joined, to.parent_id)
    return {one: place for one, place in wanted.items() if tree[one] != place}


def remove(tree: Tree, folder_id: UUID) -> dict[UUID, Place]:
    """The places that change when a folder goes. Raises `FolderNotFound`."""
    if folder_id not in tree:
        raise FolderNotFound
    parent_id = tree[folder_id].parent_id
    left = [one for one in _inside(tree, parent_id) if one != folder_id]
    return {one: place for one, place in _numbered(left, parent_id).items() if tree[one] != place}


def path(tree: Tree, folder_id: UUID | None) -> list[UUID]:
    """A folder and those in which it lies, innermost first. Raises `FolderNotFound`."""
    found: list[UUID] = []
    while folder_id is not None:
        if folder_id not in tree:
            raise FolderNotFound
        found.append(folder_id)
        folder_id = tree[folder_id].parent_id
    return found


def depth(tree: Tree, folder_id: UUID | None) -> int:
    """How deep a folder lies: 0 for the class itself, 1 for a folder in it."""
    return len(path(tree, folder_id))


def height(tree: Tree, folder_id: UUID) -> int:
    """How many levels a folder has, itself included."""
    return 1 + max((height(tree, one) for one in _inside(tree, folder_id)), default=0)


def _inside(tree: Tree, parent_id: UUID | None) -> list[UUID]:
    found = [one for one, place in tree.items() if place.parent_id == parent_id]
    return sorted(found, key=lambda one: tree[one].position)


def _numbered(folders: list[UUID], parent_id: UUID | None) -> dict[UUID, Place]:
    return {one: Place(parent_id, position) for position, one in enumerate(folders)}
