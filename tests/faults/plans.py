"""Which processes come to a crash point, by the module in which it stands."""

from random import Random

from libs.crashpoint import CRASH, Point, points
from tests.faults.scenario import Plan

ONE = ("writer", "relay", "consumer")
WITH_WORKER: tuple[tuple[str, ...], ...] = (ONE, ("worker",))
OVER_DOCUMENTS = {
    "libs/mongo.py", "libs/mongo_inbox.py", "libs/mongo_outbox.py", "libs/group_commit.py",
}  # fmt: skip
RARE = {
    "jobs.after_failure_before_postponing",
    "consumer.after_burial_before_offset",
    "relay.after_replay",
}
"""What comes only once in a subject's life."""
ELSEWHERE = ("attempts.", "deliveries.", "google.", "objects.", "refunds.")
"""What the demo's story does not meet: tests of what comes there kill there (`test_lists.py` says
which).
"""


def met_by_stories() -> list[Point]:
    """The points that a story on a whole platform may come to."""
    return [
        point for point in points()
        if point.name not in RARE and not point.name.startswith(ELSEWHERE)
    ]  # fmt: skip


VENDORS = sorted(point.name for point in met_by_stories() if point.file.endswith("_gateway.py"))
"""Around the calls of vendors: `make faults` orders each once, `make test` some of them."""


def plan_for(point: Point, seed: int) -> Plan:
    """A kill at this point, at one of the first times that a process comes there."""
    times = 1 if point.name in RARE else Random(f"{seed} {point.name}").randint(1, 3)
    arming = {CRASH: f"{point.name}:{times}"}
    if point.file in OVER_DOCUMENTS:
        return Plan([ONE], arming, store="documents")
    if point.file == "libs/celery.py":
        return Plan(WITH_WORKER, arming)
    return Plan([ONE], arming, replay=point.name == "relay.after_replay")
