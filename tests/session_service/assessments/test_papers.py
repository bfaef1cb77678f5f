"""Papers: drawn and shuffled by a seed (S21, S-A10)."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from session_service.assessments.papers import Asked, Sheet, Slot, new_seed, paper
from session_service.assessments.schemas import Paper
from session_service.question_rules.contents import AnyContent
from tests.session_service.question_rules.made import CONTENT, QUESTIONS, options


def single(n: int) -> AnyContent:
    return CONTENT.validate_python(
        {"type": "single", "prompt": f"Q{n}", "options": options("a", "b", "c", "d")}
    )


def asked(n: int, content: AnyContent | None = None) -> Asked:
    return Asked(UUID(int=n), content or single(n), Decimal(n), Decimal(0))


SHEET = Sheet(
    (Slot(1, (asked(1),)), Slot(2, tuple(asked(n) for n in range(10, 20))), Slot(1, (asked(2),))),
    shuffle_questions=False,
    shuffle_options=True,
)


def ids(made: Paper) -> list[int]:
    return [one.id.int for one in made.questions]


def orders(made: Paper) -> list[list[str]]:
    return [one.content.hidden_ids for one in made.questions]


def test_s_a10_a_seed_s_paper_is_this_one_for_good() -> None:
    """Golden: it must come out the same on every machine, and in years."""
    found = paper(SHEET, "0123456789abcdef")
    assert ids(found) == [1, 13, 16, 2]
    assert orders(found) == [list("acbd"), list("dbac"), list("adcb"), list("cabd")]
    assert [one.position for one in found.questions] == [1, 2, 3, 4]


def test_s_a10_different_between_students() -> None:
    papers = [paper(SHEET, new_seed()) for _ in range(60)]
    assert len({tuple(ids(one)) for one in papers}) > 20
    assert len({str(orders(one)) for one in papers}) == 60
    places = {one.questions[0].content.hidden_ids.index("a") for one in papers}
    assert places == {0, 1, 2, 3}


def test_s21_fixed_questions_keep_their_places_unless_shuffled() -> None:
    seeds = [str(n) for n in range(30)]
    for seed in seeds:
        first, *drawn, last = ids(paper(SHEET, seed))
        assert (first, last, len(drawn)) == (1, 2, 2)
        assert set(drawn) <= set(range(10, 20))
    shuffled = Sheet(SHEET.slots, shuffle_questions=True, shuffle_options=False)
    places = {ids(paper(shuffled, seed)).index(1) for seed in seeds}
    assert places == {0, 1, 2, 3}
    assert orders(paper(shuffled, "x")) == [list("abcd")] * 4


@given(st.text(max_size=8), st.permutations(range(10, 20)))
def test_s_a10_how_the_rows_come_makes_no_difference(seed: str, order: list[int]) -> None:
    slots = (SHEET.slots[0], Slot(2, tuple(asked(n) for n in order)), SHEET.slots[2])
    assert paper(Sheet(slots, False, True), seed) == paper(SHEET, seed)


@given(st.lists(QUESTIONS.map(lambda one: one[0]), min_size=1, max_size=4), st.booleans())
def test_s_a10_a_paper_loses_and_adds_nothing(contents: list[AnyContent], shuffle: bool) -> None:
    slots = tuple(Slot(1, (asked(n, one),)) for n, one in enumerate(contents))
    made = paper(Sheet(slots, False, shuffle), "seed")
    for one, before in zip(made.questions, contents, strict=True):
        assert sorted(one.content.hidden_ids) == sorted(before.hidden_ids)
        assert (one.content.type, one.content.prompt) == (before.type, before.prompt)
        if not shuffle and before.type not in ("ordering", "matching"):
            assert one.content == before


def test_s_a10_items_to_be_ordered_are_always_shuffled() -> None:
    made = CONTENT.validate_python(
        {"type": "ordering", "prompt": "P", "items": options(*"abcdefgh")}
    )
    sheet = Sheet((Slot(1, (asked(1, made),)),), False, shuffle_options=False)
    found = {tuple(orders(paper(sheet, str(n)))[0]) for n in range(20)}
    assert len(found) == 20
