"""How the people of an assessment ask."""

from dataclasses import dataclass

from tests.faults.desk import Desk
from tests.stack import User


@dataclass(kw_only=True)
class TutorDesk(Desk):
    """What they ask with; `tutor` sets the assessments."""

    tutor: User
