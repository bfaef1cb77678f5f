"""The tree of folders, as pure rules (S25)."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session_service.folders import tree
from session_service.folders.errors import FolderCycle, FolderNotFound, FolderTooDeep
from session_service.folders.tree import Place


def folder(number: int) -> UUID:
    return UUID(int=number)


A, B, C, D = (folder(number) for number in range(1, 5))


@dataclass
class Grown:
    """A tree that grows by requests, each carried out or refused."""

    places: dict[UUID, Place] = field(default_factory=dict)

    def check(self) -> None:
        """Everything hangs on the class, no deeper than allowed, and siblings count from 0."""
        inside: dict[UUID | None, list[int]] = {}
        for place in self.places.values():
            inside.setdefault(place.parent_id, []).append(place.position)
        for positions in inside.values():
            assert sorted(positions) == list(range(len(positions)))
        for one in self.places:
            steps, at = 0, self.places[one].parent_id
            while at is not None:
                steps, at = steps + 1, self.places[at].parent_id
                assert steps < tree.DEEPEST


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["append", "move", "move", "move", "remove"]),
        st.integers(1, 12),
        st.integers(0, 12),
        st.integers(0, 5),
    ),
    max_size=60,
)


@settings(max_examples=300)
@given(REQUESTS)
def test_s25_no_request_makes_a_cycle_or_a_gap(
    requests: list[tuple[str, int, int, int]],
) -> None:
    """Against the plainest reading of what was asked for."""
    grown = Grown()
    for verb, number, other, position in requests:
        one, parent = folder(number), folder(other) if other else None
        before, places = dict(grown.places), grown.places
        try:
            if verb == "append":
                if one not in places:
                    places[one] = tree.append(places, parent)
            elif verb == "move":
                places.update(tree.move(places, one, Place(parent, position)))
                siblings = [k for k, v in before.items() if v.parent_id == parent and k != one]
                assert places[one] == Place(parent, min(position, len(siblings)))
            elif not any(place.parent_id == one for place in places.values()):
                changed = tree.remove(places, one)
                del places[one]
                places.update(changed)
        except (FolderNotFound, FolderCycle, FolderTooDeep):
            assert grown.places == before
        grown.check()
        for left in before.keys() - {one}:
            assert grown.places[left].parent_id == before[left].parent_id


def test_s25_siblings_keep_their_order() -> None:
    places = {A: Place(None, 0), B: Place(None, 1), C: Place(None, 2), D: Place(A, 0)}
    assert tree.move(places, C, Place(None, 0)) == {
        C: Place(None, 0), A: Place(None, 1), B: Place(None, 2),
    }  # fmt: skip
    assert tree.move(places, A, Place(None, 9)) == {
        B: Place(None, 0), C: Place(None, 1), A: Place(None, 2),
    }  # fmt: skip
    assert tree.move(places, B, Place(A, 0)) == {
        B: Place(A, 0), D: Place(A, 1), C: Place(None, 1),
    }  # fmt: skip
    assert tree.move(places, B, Place(None, 1)) == {}


def test_s25_what_a_move_refuses() -> None:
    places = {A: Place(None, 0), B: Place(A, 0), C: Place(B, 0)}
    for parent in (A, B, C):
        with pytest.raises(FolderCycle):
            tree.move(places, A, Place(parent, 0))
    with pytest.raises(FolderNotFound):
        tree.move(places, D, Place(None, 0))
    with pytest.raises(FolderNotFound):
        tree.move(places, A, Place(D, 0))
    with pytest.raises(FolderNotFound):
        tree.append(places, D)


def test_s25_eight_levels_and_no_more() -> None:
    places: dict[UUID, Place] = {}
    for number in range(1, tree.DEEPEST + 1):
        places[folder(number)] = tree.append(places, folder(number - 1) if number > 1 else None)
    deepest = folder(tree.DEEPEST)
    with pytest.raises(FolderTooDeep):
        tree.append(places, deepest)
    places[folder(20)] = tree.append(places, None)
    places[folder(21)] = tree.append(places, folder(20))
    with pytest.raises(FolderTooDeep):
        tree.move(places, folder(20), Place(folder(tree.DEEPEST - 1), 0))
    assert tree.move(places, folder(20), Place(folder(tree.DEEPEST - 2), 0))
