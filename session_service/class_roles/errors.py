"""What can go wrong with roles inside a class."""

from libs.errors import Conflict, Forbidden, NotFound


class ClassRoleNotFound(NotFound):
    """There is no such role, or it is none of your business."""

    code = "class_role_not_found"


class PersonUnknown(NotFound):
    """Nobody has this code."""

    code = "person_unknown"


class ClassRoleTaken(Conflict):
    """This person has a role in this class already, or is asked to take one on."""

    code = "class_role_taken"


class TutorAccountNeeded(Forbidden):
    """Co-tutors and assistants need a tutor's account."""

    code = "tutor_account_needed"
