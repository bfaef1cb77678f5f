"""Subscriptions as they are read: own ones, pages, filters, one statement each (P9)."""

import httpx

from libs.events.session import StudySessionOwnerChanged
from payment_service.subscriptions.models import Subscription
from tests.payment_service.shop import MONTH
from tests.payment_service.subscriptions.office import DAY, START, YEARS, Office
from tests.stack import User
from tests.statements import statements

PATHS = (
    "/v1/subscriptions", "/v1/subscriptions?state=active",
    "/v1/admin/subscriptions", "/v1/admin/subscriptions?state=pending",
)  # fmt: skip


async def ids(office: Office, path: str, user: User) -> list[str]:
    """The classes in a list."""
    answer = await office.client.get(path, headers=user.headers)
    assert answer.status_code == 200, answer.text
    return [one["study_session_id"] for one in answer.json()["items"]]


async def test_p9_a_subscription_as_its_tutor_sees_it(office: Office) -> None:
    study_session_id = await office.opened(months=3)
    found: Subscription = await office.get(study_session_id)
    path = f"/v1/subscriptions/{found.id}"
    answer = await office.client.get(path, headers=office.tutor.headers)
    shown = {
        "id": str(found.id), "study_session_id": str(study_session_id), "session_code": "S-TEST",
        "state": "active", "plan_id": str(MONTH), "months": 3, "period": 1,
        "zone": "Asia/Kolkata", "paid_at": "2027-01-31T06:30:00Z",
        "starts_at": "2027-01-31T06:30:00Z", "renewable_from": "2027-03-30T18:30:00Z",
        "ends_at": "2027-04-29T18:30:00Z", "suspends_at": "2027-05-06T18:30:00Z",
        "expires_at": "2027-06-05T18:30:00Z", "class_ended_at": None,
    }  # fmt: skip
    assert answer.json() == shown
    by_admin = await office.client.get(path, headers=office.admin.headers)
    assert by_admin.json() == shown
    listed = await office.client.get("/v1/admin/subscriptions", headers=office.admin.headers)
    due = "2027-04-23T03:30:00Z"
    assert listed.json()["items"] == [shown | {"tutor_id": str(office.tutor.id), "due_at": due}]


async def test_p9_lists_show_one_s_own_and_filter_by_state(office: Office) -> None:
    active = str(await office.opened())
    other = office.stack.as_user("tutor", lives=YEARS)
    pending = await office.study_session(other)
    await office.pay(pending)
    for path, user, wanted in (
        ("/v1/subscriptions", office.tutor, [active]),
        ("/v1/subscriptions?state=pending", office.tutor, []),
        ("/v1/subscriptions", other, [str(pending)]),
        ("/v1/admin/subscriptions", office.admin, [str(pending), active]),
        ("/v1/admin/subscriptions?state=active", office.admin, [active]),
    ):
        assert (path, await ids(office, path, user)) == (path, wanted)
    found = await office.get(pending)
    for user, status in ((other, 200), (office.tutor, 404), (office.admin, 200)):
        path = f"/v1/subscriptions/{found.id}"
        answer: httpx.Response = await office.client.get(path, headers=user.headers)
        assert answer.status_code == status
    assert answer.status_code == 200


async def test_p9_a_class_s_new_owner_sees_it_and_hears_of_it(office: Office) -> None:
    study_session_id = await office.opened()
    heir = office.stack.as_user("tutor", lives=YEARS)
    handed = {**office.about(study_session_id), "tutor_id": heir.id}
    handed |= {"old_tutor_id": office.tutor.id, "revision": 5}
    await office.handle(StudySessionOwnerChanged(**handed))
    assert await ids(office, "/v1/subscriptions", heir) == [str(study_session_id)]
    assert await ids(office, "/v1/subscriptions", office.tutor) == []
    await office.sweep(START + 40 * DAY)
    told = (await office.events(study_session_id))[-1]
    assert (told["type"], told["tutor_id"]) == ("subscription.suspended", str(heir.id))


async def test_p9_lists_are_one_statement_and_pages(office: Office) -> None:
    for full in (False, True):
        for path in PATHS:
            user = office.admin if "admin" in path else office.tutor
            with statements() as seen:
                answer = await office.client.get(path, headers=user.headers)
            count = 0 if not full or "pending" in path else 20
            page = answer.json()
            assert (path, answer.status_code, len(seen)) == (path, 200, 1)
            assert (path, len(page["items"])) == (path, count)
            assert (page["next_cursor"] is None) is (count == 0)
        if not full:
            for _ in range(21):
                await office.opened()
    first = await office.client.get("/v1/subscriptions", headers=office.tutor.headers)
    path = f"/v1/subscriptions?cursor={first.json()['next_cursor']}"
    assert len(await ids(office, path, office.tutor)) == 1


async def test_p11_a_sweep_is_as_many_statements_for_each_class(office: Office) -> None:
    counts = []
    for classes in (1, 4):
        for _ in range(classes):
            office.clock.at = START
            await office.opened()
        with statements() as seen:
            await office.sweep(START + 27 * DAY + DAY)
        counts.append(len(seen))
    assert counts[1] - 1 == 4 * (counts[0] - 1)
