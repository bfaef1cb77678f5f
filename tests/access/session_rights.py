"""Who gets what in session_service: the words in which its rows say it."""

CALLERS = {
    *("nobody", "student", "tutor", "admin"),
    *("owner", "co_tutor", "assistant", "member", "classmate", "observer"),
}
"""`owner` teaches the class, `co_tutor` and `assistant` (tutors) have these roles in it, `member`
and `classmate` attend it, `observer` (a student's account) observes the member. The work, the marks
and all else that is one student's are the member's. The others have no tie to the class. Where an
offer is asked for, `heir` is whom it was made to.
"""


def answers(base: int, **others: int) -> dict[str, int]:
    """The same status for everybody, but for nobody (401) and those named; the classmate gets what
    the member gets.
    """
    classmate = others.get("member", base)
    return dict.fromkeys(CALLERS, base) | {"nobody": 401, "classmate": classmate} | others


def taught(status: int) -> dict[str, int]:
    """What who teaches in the class gets: the owner and the co-tutor."""
    return {"owner": status, "co_tutor": status}


def helped(status: int) -> dict[str, int]:
    """What who teaches or helps in the class gets."""
    return taught(status) | {"assistant": status}


def seen(status: int) -> dict[str, int]:
    """What everybody who belongs to the class gets."""
    return helped(status) | {"member": status, "observer": status}


def of_one_student(status: int) -> dict[str, int]:
    """What everybody of the class gets but the other students: it is one student's."""
    return seen(status) | {"classmate": 404}


TUTORS_ONLY = {"student": 403, "member": 403, "observer": 403, "admin": 403}
CLASS = "/v1/study-sessions/{study_session_id}"
SEEN = answers(404, **seen(200))
TAUGHT = answers(404, **taught(200), **TUTORS_ONLY)
