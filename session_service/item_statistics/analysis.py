"""From a test's results to its item statistics (S24), and the wrong-key alarm. Pure; only a child
process imports it, for numpy.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from session_service.item_statistics import rules
from session_service.item_statistics.rules import Array, Groups
from session_service.item_statistics.schemas import (
    LEAST_STUDENTS,
    LEAST_STUDENTS_FOR_FACILITY,
    Alarm,
    AlarmReason,
    Estimate,
    OptionStatistics,
    QuestionFacts,
    QuestionStatistics,
    ResultFacts,
    Results,
    WhyNot,
)

PLACES = 4


@dataclass(frozen=True, slots=True)
class _Samples:
    """A number as it is, by column, and in each resample."""

    value: Array
    drawn: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, found: list[Array]) -> "_Samples":
        """The class as it is comes first."""
        drawn = np.vstack(found[1:])
        return cls(found[0][0], drawn, *rules.intervals(drawn))

    def estimate(self, at: int, students: int, least: int, flat: WhyNot) -> Estimate:
        if students < least:
            return Estimate(why_not=WhyNot.NOT_ENOUGH_DATA)
        if np.isnan(self.value[at]):
            return Estimate(why_not=flat)
        if np.isnan(self.low[at]):
            return Estimate(value=_short(self.value[at]), why_not=WhyNot.TOO_UNIFORM)
        low, high = _short(self.low[at]), _short(self.high[at])
        return Estimate(value=_short(self.value[at]), low=low, high=high)


def analyse(facts: ResultFacts) -> Results:
    """All questions of a test. The order of students makes no difference: they are put in one that
    their results decide, before any are drawn.
    """
    points, chosen = _ordered(*_matrices(facts))
    maxima = np.array([one.maximum for one in facts.questions])
    drawn = rules.in_blocks(rules.resamples(len(points), facts.seed))
    samples = [rules.everybody(len(points)), *drawn]
    rest = rules.rests(points, maxima)
    facility = _Samples.of([rules.facilities(points, maxima, one) for one in samples])
    discrimination = _Samples.of([rules.correlations(points, rest, one) for one in samples])
    questions = []
    for at, question in enumerate(facts.questions):
        asked = int((~np.isnan(points[:, at])).sum())
        few, flat = LEAST_STUDENTS_FOR_FACILITY, WhyNot.NO_VARIANCE
        found = QuestionStatistics(
            question_id=question.question_id,
            students=asked,
            facility=facility.estimate(at, asked, few, flat),
            discrimination=discrimination.estimate(at, asked, LEAST_STUDENTS, flat),
        )
        if question.options:
            options = _Options.of(question, chosen[at], rest[:, at], samples)
            found = found.model_copy(update=options.shown())
        questions.append(found)
    return Results(students=len(points), questions=questions)


def _matrices(facts: ResultFacts) -> tuple[Array, list[Array]]:
    """Points by student and question, and for each question who picked which option (1, 0)."""
    points = np.array(facts.points, dtype=np.float64).reshape(-1, len(facts.questions))
    chosen = []
    for at, question in enumerate(facts.questions):
        places = {option: place for place, option in enumerate(question.options)}
        picks = np.zeros((len(points), len(places)))
        picks[np.isnan(points[:, at])] = np.nan
        for student, options in enumerate(facts.picks[at] if places else ()):
            for option in options:
                if option in places:
                    picks[student, places[option]] = 1.0
        chosen.append(picks)
    return points, chosen


def _ordered(points: Array, chosen: list[Array]) -> tuple[Array, list[Array]]:
    """Students by their results: those who are alike may stand either way."""
    whole = np.nan_to_num(np.hstack([points, *chosen]), nan=-1e9)
    order = np.lexsort(whole.T[::-1])
    return points[order], [one[order] for one in chosen]


@dataclass(frozen=True, slots=True)
class _Options:
    """The options of one question, and those who were asked it."""

    question: QuestionFacts
    picks: Array
    strength: _Samples
    groups: Groups | None

    @classmethod
    def of(
        cls, question: QuestionFacts, chosen: Array, rest: Array, samples: list[Array]
    ) -> "_Options":
        asked = ~np.isnan(chosen[:, 0])
        spread = np.repeat(rest[:, None], chosen.shape[1], axis=1)
        strength = _Samples.of([rules.correlations(chosen, spread, one) for one in samples])
        enough = int(asked.sum()) >= LEAST_STUDENTS
        found = rules.groups(rest[asked]) if enough else None
        return cls(question, chosen[asked], strength, found)

    @property
    def students(self) -> int:
        return len(self.picks)

    def shown(self) -> dict[str, Any]:
        """What a question of choice has besides."""
        return {
            "blank": int((self.picks.sum(axis=1) == 0).sum()),
            "upper": None if self.groups is None else int(self.groups.upper.sum()),
            "lower": None if self.groups is None else int(self.groups.lower.sum()),
            "options": [self._option(at) for at in range(len(self.question.options))],
            "alarm": self.alarm(),
        }

    def _option(self, at: int) -> OptionStatistics:
        picked = self.picks[:, at] == 1.0
        flat = WhyNot.NO_VARIANCE
        return OptionStatistics(
            option=self.question.options[at],
            is_key=self.question.options[at] in self.question.keys,
            chosen=int(picked.sum()),
            chosen_by_upper=None if self.groups is None else _both(picked, self.groups.upper),
            chosen_by_lower=None if self.groups is None else _both(picked, self.groups.lower),
            discrimination=self.strength.estimate(at, self.students, LEAST_STUDENTS, flat),
        )

    def alarm(self) -> Alarm | None:
        """The first sign that the key is wrong. Each is a sign and no proof: a person looks.

        - Nobody picked a key, and at least half of all picked one other option.
        - An option that is no key goes with strength in the rest of the test, while the key goes
          with weakness (a correlation below 0), and by more than chance: the interval of the
          difference, for as many pairs as there are, lies above 0. The pair that differs most is
          named. (A key that discriminates negatively beside a distractor that draws the strong is
          how miskeyed items are found: Crocker and Algina 1986, ch. 14.)
        """
        if self.students < LEAST_STUDENTS:
            return None
        counts = self.picks.sum(axis=0)
        keys = [at for at, one in enumerate(self.question.options) if one in self.question.keys]
        others = [at for at in range(len(counts)) if at not in keys]
        if not keys or not others:
            return None
        most = max(others, key=lambda at: counts[at])
        if not counts[keys].any() and 2 * counts[most] >= self.students:
            return self._alarm(most, keys[0], AlarmReason.NOBODY_CHOSE_KEY)
        number = len(others) * len(keys)
        pairs = [(self._gap(at, key, number), at, key) for at in others for key in keys]
        gap, other, key = max(pairs, key=lambda one: one[0])
        if gap > 0:
            return self._alarm(other, key, AlarmReason.STRONGER_CHOSE_OTHER)
        return None

    def _gap(self, other: int, key: int, pairs: int) -> float:
        """By how much the strong prefer an option to a key; 0 unless it is more than chance, of so
        many pairs.
        """
        mine, keys = self.strength.value[other], self.strength.value[key]
        if np.isnan(mine) or np.isnan(keys) or keys >= 0 or mine <= keys:
            return 0.0
        differences = self.strength.drawn[:, [other]] - self.strength.drawn[:, [key]]
        low, _ = rules.intervals(differences, pairs)
        return float(mine - keys) if low[0] > 0 else 0.0

    def _alarm(self, other: int, key: int, reason: AlarmReason) -> Alarm:
        options = self.question.options
        return Alarm(reason=reason, option=options[other], key=options[key])


def _both(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> int:
    return int((one & other).sum())


def _short(value: float) -> float:
    """With four places; no -0.0."""
    return round(float(value), PLACES) + 0.0
