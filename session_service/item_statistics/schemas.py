"""What clients get about the statistics of questions, the jobs, and what a child process takes."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from libs.jobs import Job
from libs.schemas import Schema

RULE = "item-statistics/1"
"""How they are counted today; what changes a number gets the next one."""
RESAMPLES = 1_000
"""B, of the bootstrap: as many as Efron and Tibshirani (1993, ch. 13) take where percentiles are
read off.
"""
LEAST_STUDENTS = 20
"""Below so many a correlation says next to nothing: its standard error is about 1 / sqrt(n - 1),
which is 0.23 here; Crocker and Algina (1986) ask for far more before items are thrown away.
"""
LEAST_STUDENTS_FOR_FACILITY = 5
"""A mean is steadier, and its interval says how steady."""


class StatisticsState(StrEnum):
    """Nobody has asked yet; a job is at it (what is shown is from before, if anything); there."""

    NONE = "none"
    QUEUED = "queued"
    READY = "ready"


class WhyNot(StrEnum):
    """Why there is no number, or no interval: too few students; all the same, so that nothing can
    go with anything; or nearly all the same, so that the interval could not be told.
    """

    NOT_ENOUGH_DATA = "not_enough_data"
    NO_VARIANCE = "no_variance"
    TOO_UNIFORM = "too_uniform"


class AlarmReason(StrEnum):
    """Stronger students chose the option, weaker ones the key; or nobody chose a key, and half of
    all the option.
    """

    STRONGER_CHOSE_OTHER = "stronger_chose_other"
    NOBODY_CHOSE_KEY = "nobody_chose_key"


class Estimate(Schema):
    """A number with the ends of its 95 % interval, and why any of them is null."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    why_not: WhyNot | None = None


class OptionStatistics(Schema):
    """An option: how many chose it, of all and of the upper and lower group; `discrimination` is
    how far choosing it goes with strength in the rest of the test, from -1 to 1.
    """

    option: str
    is_key: bool
    chosen: int
    chosen_by_upper: int | None
    chosen_by_lower: int | None
    discrimination: Estimate


class Alarm(Schema):
    """A sign that the key may be wrong: `option` looks more like it than `key`. Nothing follows
    from it by itself; a person looks, corrects the key, and has the question marked anew.
    """

    reason: AlarmReason
    option: str
    key: str


class QuestionStatistics(Schema):
    """One question of a test, and `students` who were asked it.

    `facility` is the mean share of its points, from 0 (nobody) to 1 (everybody). `discrimination`
    is the corrected point-biserial: how far points here go with points in the rest of the test.
    `options` are those of a question of choice, with the sizes of the upper and lower group (27 %
    each by the rest of the test, ties included) and how many chose nothing.
    """

    question_id: UUID
    students: int
    facility: Estimate
    discrimination: Estimate
    blank: int | None = None
    upper: int | None = None
    lower: int | None = None
    options: list[OptionStatistics] = Field(default_factory=list)
    alarm: Alarm | None = None


class Results(Schema):
    """What is counted: students whose attempt counts and is marked, and questions."""

    students: int
    questions: list[QuestionStatistics]


class ItemStatisticsOut(Schema):
    """The statistics of a test's questions, in the order of the test; `current` says whether
    nothing has changed since.

    `students` are those whose counting attempt is marked; `waiting` those where a part of it waits
    to be marked, who are left out. Intervals are percentiles of `resamples` samples, drawn from
    `seed`, by the rule `rule`.
    """

    assessment_id: UUID
    state: StatisticsState
    current: bool
    asked_at: datetime | None = None
    computed_at: datetime | None = None
    rule: str | None = None
    seed: int | None = None
    resamples: int | None = None
    students: int | None = None
    waiting: int | None = None
    questions: list[QuestionStatistics] = Field(default_factory=list)


class QuestionFacts(Schema):
    """A question as the child process takes it; `options` and `keys` only where one chooses."""

    question_id: UUID
    maximum: float
    options: list[str] = Field(default_factory=list)
    keys: list[str] = Field(default_factory=list)


class ResultFacts(Schema):
    """A test's results without a person in them: `points` by student and question, null where it
    was not asked; `picks` by question and student.
    """

    seed: int
    questions: list[QuestionFacts]
    points: list[list[float | None]]
    picks: list[list[list[str]]]


class ComputeStatistics(Job):
    """Count the statistics of one test's questions."""

    type: ClassVar[str] = "session.item_statistics.compute"

    assessment_id: UUID


class SweepStatistics(Job):
    """Ask for those of closed tests that are missing or out of date; from the schedule."""

    type: ClassVar[str] = "session.item_statistics.sweep"
