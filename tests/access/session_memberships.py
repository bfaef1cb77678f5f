"""Rights about people's places in classes."""

from tests.access.session_rights import CLASS, TUTORS_ONLY, answers, helped, taught
from tests.access.table import Row

ROWS = [
    Row(
        "POST",
        f"{CLASS}/roles",
        answers(404, owner=201, **TUTORS_ONLY),
        body={"user_code": "{known_code}", "role": "co_tutor"},
    ),
    Row("GET", f"{CLASS}/roles", answers(404, **helped(200), **TUTORS_ONLY)),
    Row("GET", "/v1/class-roles", answers(200)),
    Row("POST", "/v1/class-roles/{class_role_id}/acceptance", answers(404, assistant=200)),
    Row("DELETE", "/v1/class-roles/{class_role_id}", answers(404, owner=204, assistant=204)),
    Row("POST", f"{CLASS}/invitations", answers(404, **taught(201), **TUTORS_ONLY), body={}),
    Row("GET", f"{CLASS}/invitations", answers(404, **taught(200), **TUTORS_ONLY)),
    Row(
        "GET",
        "/v1/invitations/{invitation_id}/qr-code",
        answers(404, **taught(200), **TUTORS_ONLY),
    ),
    Row("DELETE", "/v1/invitations/{invitation_id}", answers(404, **taught(204), **TUTORS_ONLY)),
    Row("POST", "/v1/invitations/preview", answers(200, nobody=200), body={"token": "{token}"}),
    Row(
        "POST",
        "/v1/invitations/acceptance",
        answers(403, student=201, member=201, observer=201),
        body={"token": "{token}"},
    ),
    Row("GET", f"{CLASS}/join-code", answers(404, owner=200, **TUTORS_ONLY)),
    Row("GET", f"{CLASS}/join-code/qr-code", answers(404, owner=200, **TUTORS_ONLY)),
    Row("PUT", f"{CLASS}/join-code/terms", answers(404, owner=200, **TUTORS_ONLY), body={}),
    Row("POST", f"{CLASS}/join-code/rotation", answers(404, owner=200, **TUTORS_ONLY), body={}),
    Row("GET", f"{CLASS}/memberships", answers(404, **helped(200), **TUTORS_ONLY)),
    Row("GET", f"{CLASS}/wait-list", answers(404, **helped(200), **TUTORS_ONLY)),
    Row(
        "POST",
        "/v1/memberships",
        answers(403, student=201, member=201, observer=201),
        body={"join_code": "{session_code}"},
    ),
    Row("GET", "/v1/memberships", answers(403, student=200, member=200, observer=200)),
    Row(
        "POST",
        "/v1/memberships/{membership_id}/approval",
        answers(404, **taught(200), **TUTORS_ONLY),
    ),
    Row("GET", "/v1/memberships/{membership_id}", answers(404, **helped(200))),
    Row(
        "POST",
        "/v1/memberships/{membership_id}/decline",
        answers(404, **taught(200), **TUTORS_ONLY),
        body={"reason": "full"},
    ),
    Row(
        "POST",
        "/v1/memberships/{membership_id}/removal",
        answers(404, **taught(200), **TUTORS_ONLY),
        body={"reason": "gone"},
        instead={"membership_id": "own_membership_id"},
    ),
    Row(
        "POST",
        "/v1/memberships/{membership_id}/departure",
        answers(403, student=404, observer=404, member=200, classmate=404),
        instead={"membership_id": "own_membership_id"},
    ),
]
