"""Rights about classes, their images, owners and copies."""

from tests.access.session_rights import CLASS, TUTORS_ONLY, answers, seen
from tests.access.table import Row

COPY = {"shift_days": 182}
IMAGE = {"content_type": "image/png", "size": 100}

ROWS = [
    Row("POST", "/v1/study-sessions", answers(201, **TUTORS_ONLY), body={"name": "Maths"}),
    Row("GET", "/v1/study-sessions", answers(200)),
    Row("GET", CLASS, answers(404, **seen(200), admin=200)),
    Row(
        "POST",
        f"{CLASS}/approval",
        answers(403, admin=200),
        instead={"study_session_id": "waiting_id"},
        own_login=True,
    ),
    Row(
        "POST",
        f"{CLASS}/rejection",
        answers(403, admin=200),
        body={"reason": "Not for this place."},
        instead={"study_session_id": "waiting_id"},
        own_login=True,
    ),
    Row(
        "GET",
        f"{CLASS}/rejection",
        answers(404, owner=200, **TUTORS_ONLY | {"admin": 200}),
        instead={"study_session_id": "rejected_id"},
    ),
    Row("GET", "/v1/admin/approvals", answers(403, admin=200), own_login=True),
    Row(
        "POST",
        f"{CLASS}/submission",
        answers(404, owner=200, **TUTORS_ONLY),
        instead={"study_session_id": "draft_id"},
    ),
    Row("PATCH", CLASS, answers(404, owner=200, **TUTORS_ONLY), body={"name": "Algebra"}),
    Row("POST", f"{CLASS}/pause", answers(404, owner=200, **TUTORS_ONLY)),
    Row("POST", f"{CLASS}/resume", answers(404, owner=200, **TUTORS_ONLY)),
    Row("POST", f"{CLASS}/end", answers(404, owner=200, **TUTORS_ONLY)),
    Row(
        "POST",
        f"{CLASS}/archive",
        answers(404, owner=200, **TUTORS_ONLY),
        instead={"study_session_id": "ended_id"},
    ),
    Row("POST", f"{CLASS}/images", answers(404, owner=201, **TUTORS_ONLY), body=IMAGE),
    Row("DELETE", f"{CLASS}/image", answers(404, owner=204, **TUTORS_ONLY)),
    Row("GET", "/v1/class-images/{image_id}", answers(404, owner=200, **TUTORS_ONLY)),
    Row("POST", "/v1/class-images/{image_id}/complete", answers(404, owner=202, **TUTORS_ONLY)),
    Row(
        "POST",
        f"{CLASS}/owner-offers",
        answers(404, owner=201, **TUTORS_ONLY),
        body={"user_code": "{other_code}"},
    ),
    Row(
        "POST",
        f"{CLASS}/hand-over",
        answers(403, admin=201),
        body={"user_code": "{other_code}"},
        instead={"study_session_id": "left_id"},
        own_login=True,
    ),
    Row("POST", f"{CLASS}/copies", answers(404, owner=201, **TUTORS_ONLY), body=COPY),
    Row("GET", "/v1/owner-offers", answers(200)),
    Row(
        "POST",
        "/v1/owner-offers/{offer_id}/acceptance",
        answers(404, heir=200, **TUTORS_ONLY),
    ),
    Row("POST", "/v1/owner-offers/{offer_id}/refusal", answers(404, heir=200, **TUTORS_ONLY)),
    Row("DELETE", "/v1/owner-offers/{offer_id}", answers(404, owner=204, **TUTORS_ONLY)),
]
