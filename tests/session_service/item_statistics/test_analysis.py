"""What is said of simulated tests: numbers, reasons for none, and the wrong-key alarm (S24)."""

import numpy as np
import pytest

from libs.ids import new_id
from session_service.item_statistics.analysis import analyse
from session_service.item_statistics.schemas import (
    Alarm,
    AlarmReason,
    Estimate,
    QuestionFacts,
    ResultFacts,
    WhyNot,
)

OPTIONS = ["a", "b", "c", "d"]


def simulated(
    seed: int, students: int = 60, questions: int = 15, slopes: tuple[float, float] = (0.7, 2.0)
) -> ResultFacts:
    """Answers by the two-parameter logistic model: `a` is right, and whoever does not know picks
    one of the others, `b` more often than the rest.
    """
    rng = np.random.default_rng(seed)
    strength = rng.normal(size=students)
    picks, points = [], np.zeros((students, questions))
    for at in range(questions):
        slope, hardness = rng.uniform(*slopes), rng.uniform(-1.0, 1.0)
        knows = rng.random(students) < 1 / (1 + np.exp(-slope * (strength - hardness)))
        wrong = rng.choice(["b", "c", "d"], size=students, p=[0.5, 0.3, 0.2])
        chosen = np.where(knows, "a", wrong)
        picks.append([[str(one)] for one in chosen])
        points[:, at] = knows
    return ResultFacts(
        seed=seed,
        questions=[
            QuestionFacts(question_id=new_id(), maximum=1.0, options=OPTIONS, keys=["a"])
            for _ in range(questions)
        ],
        points=points.tolist(),
        picks=picks,
    )


def keyed(facts: ResultFacts, at: int, key: str) -> ResultFacts:
    """The same test where one question has another key."""
    questions = list(facts.questions)
    questions[at] = questions[at].model_copy(update={"keys": [key]})
    points = [list(row) for row in facts.points]
    for student, picked in enumerate(facts.picks[at]):
        points[student][at] = float(picked == [key])
    return facts.model_copy(update={"questions": questions, "points": points})


def test_s24_a_flipped_key_is_found() -> None:
    """In 40 classes of 60 one key is wrong: at least 80 % are found, the right one is named, and no
    other question is flagged.
    """
    found = []
    for seed in range(40):
        flipped = analyse(keyed(simulated(seed), 0, "b")).questions
        found.append(flipped[0].alarm)
        assert sum(one.alarm is not None for one in flipped[1:]) == 0
    expected = Alarm(reason=AlarmReason.STRONGER_CHOSE_OTHER, option="a", key="b")
    assert {one for one in found if one is not None and one != expected} == set()
    assert found.count(expected) >= 32


def test_s24_a_good_key_is_hardly_ever_flagged() -> None:
    """Of 600 questions none; of 600 that have nothing to do with strength at most 5 %."""
    good = [one for seed in range(40) for one in analyse(simulated(seed)).questions]
    assert sum(one.alarm is not None for one in good) == 0
    useless = [
        one for seed in range(40) for one in analyse(simulated(seed, slopes=(0.0, 0.0))).questions
    ]
    assert sum(one.alarm is not None for one in useless) <= 30


@pytest.mark.parametrize("share", [0.5, 0.49])
def test_s24_a_key_that_nobody_chose_is_flagged_where_half_chose_another(share: float) -> None:
    facts = simulated(1, students=100)
    others = ["b"] * round(100 * share) + ["c"] * 30
    chosen = [[one] for one in others + ["d"] * (100 - len(others))]
    facts = facts.model_copy(update={"picks": [chosen, *facts.picks[1:]]})
    [first, *_] = analyse(keyed(facts, 0, "a")).questions
    expected = Alarm(reason=AlarmReason.NOBODY_CHOSE_KEY, option="b", key="a")
    assert first.alarm == (expected if share == 0.5 else None)
    assert first.discrimination == Estimate(why_not=WhyNot.NO_VARIANCE)
    assert first.facility == Estimate(value=0.0, low=0.0, high=0.0)


def test_s24_the_order_of_students_changes_nothing_at_all() -> None:
    facts = keyed(simulated(2), 3, "c")
    order = np.random.default_rng(0).permutation(60).tolist()
    turned = facts.model_copy(
        update={
            "points": [facts.points[at] for at in order],
            "picks": [[of[at] for at in order] for of in facts.picks],
        }
    )
    assert analyse(turned) == analyse(facts)


def test_s24_the_seed_decides_the_intervals_and_nothing_else() -> None:
    facts = simulated(4)
    again, other = analyse(facts), analyse(facts.model_copy(update={"seed": 99}))
    assert again == analyse(facts)
    for one, two in zip(again.questions, other.questions, strict=True):
        assert one.discrimination.value == two.discrimination.value
        assert one.options[0].chosen == two.options[0].chosen
    assert [one.discrimination.low for one in again.questions] != [
        one.discrimination.low for one in other.questions
    ]


def test_s24_the_table_of_distractors_adds_up() -> None:
    facts = simulated(6, students=100)
    facts.picks[0][0] = []
    [first, *_] = analyse(facts).questions
    assert first.blank == 1
    assert sum(one.chosen for one in first.options) == 99
    assert first.upper is not None
    assert first.lower is not None
    assert min(first.upper, first.lower) >= 27
    upper = [one.chosen_by_upper or 0 for one in first.options]
    lower = [one.chosen_by_lower or 0 for one in first.options]
    assert first.upper - 1 <= sum(upper) <= first.upper
    assert first.lower - 1 <= sum(lower) <= first.lower
    assert [one.is_key for one in first.options] == [True, False, False, False]
    assert upper[0] > lower[0]


@pytest.mark.parametrize(
    ("students", "facility", "discrimination"),
    [(0, False, False), (4, False, False), (5, True, False), (19, True, False), (20, True, True)],
)
def test_s24_too_few_students_are_not_enough_data(
    students: int, facility: bool, discrimination: bool
) -> None:
    found = analyse(simulated(8, students=students))
    assert found.students == students
    for one in found.questions:
        assert (one.facility.value is not None) is facility
        if not facility:
            assert one.facility.why_not is WhyNot.NOT_ENOUGH_DATA
        if not discrimination:
            assert one.discrimination == Estimate(why_not=WhyNot.NOT_ENOUGH_DATA)
            assert (one.upper, one.alarm) == (None, None)
    known = [one for one in found.questions if one.discrimination.value is not None]
    assert (len(known) >= 10) is discrimination


def test_s24_what_hardly_varies_has_a_number_and_no_interval() -> None:
    """One of 30 is wrong: a third of all samples has nobody who is."""
    facts = simulated(9, students=30)
    chosen = [["a"]] * 29 + [["b"]]
    facts = keyed(facts.model_copy(update={"picks": [chosen, *facts.picks[1:]]}), 0, "a")
    [first, *_] = analyse(facts).questions
    assert first.discrimination.value is not None
    assert first.discrimination.low is None
    assert first.discrimination.why_not is WhyNot.TOO_UNIFORM
    assert first.facility.value == round(29 / 30, 4)


def test_s24_a_test_of_one_question_has_no_rest() -> None:
    found = analyse(simulated(10, questions=1)).questions[0]
    assert found.facility.value is not None
    assert found.discrimination == Estimate(why_not=WhyNot.NO_VARIANCE)
    assert (found.upper, found.alarm) == (None, None)
