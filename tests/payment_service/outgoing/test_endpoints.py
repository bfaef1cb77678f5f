"""People register where they want to hear of their own money (P22)."""

import asyncio
from typing import Any

import pytest

from libs import personal_rows
from libs.ids import new_id
from payment_service.deliveries.messages import TOLD
from payment_service.endpoints.schemas import Topic
from payment_service.privacy import jobs as privacy
from payment_service.privacy.schemas import EraseAccount
from payment_service.privacy.webhook_map import STORES
from tests.payment_service.outgoing.office import PATH, Office, open_office
from tests.payment_service.outgoing.receiver import Receiver
from tests.stack import Stack
from tests.statements import statements


def told(answer: Any) -> tuple[int, str]:
    """A refusal's status and code."""
    return answer.status_code, answer.json()["code"]


def test_p22_every_topic_is_told_of_by_an_event() -> None:
    assert {telling.topic for telling in TOLD.values()} == set(Topic)


async def test_p22_an_endpoint_is_registered_shown_changed_and_removed(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver, "wallet.credited", "payment.paid", "payment.paid")
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made == {
        "id": made["id"], "url": receiver.url, "events": ["payment.paid", "wallet.credited"],
        "enabled": True, "disabled_reason": None, "disabled_at": None, "failures": 0,
        "failing_since": None, "former_secret_until": None,
        "created_at": office.clock.now().isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    kept = await office.endpoint()
    assert secret not in kept.secret
    shown = await office.ask("GET", f"/{made['id']}")
    assert (shown.json(), shown.headers["etag"]) == (made, '"1"')
    one = f"/{made['id']}"
    stale = await office.ask("PATCH", one, json={"enabled": False}, headers={"If-Match": '"9"'})
    assert told(stale) == (412, "stale")
    off = await office.ask("PATCH", one, json={"enabled": False}, headers={"If-Match": '"1"'})
    assert (off.json()["enabled"], off.json()["disabled_reason"]) == (False, "owner")
    assert off.headers["etag"] == '"2"'
    assert told(await office.ask("POST", f"{one}/ping")) == (409, "webhook_endpoint_off")
    assert (await office.ask("DELETE", one, headers={"If-Match": '"2"'})).status_code == 204
    assert told(await office.ask("GET", one)) == (404, "webhook_endpoint_not_found")


async def test_p22_a_list_takes_one_statement_and_shows_no_secret(
    office: Office, receiver: Receiver
) -> None:
    made = [await office.register(receiver) for _ in range(3)]
    await office.register(receiver, user=office.stack.as_user("tutor"))
    with statements() as sent:
        first = (await office.ask("GET", "?limit=2")).json()
    assert len(sent) == 1
    rest = (await office.ask("GET", f"?limit=2&cursor={first['next_cursor']}")).json()
    shown = [one["id"] for one in first["items"] + rest["items"]]
    assert shown == [one["id"] for one in reversed(made)]
    assert rest["next_cursor"] is None
    assert not [name for one in first["items"] for name in one if name == "secret"]


async def test_p22_nobody_gets_a_sixth_endpoint_in_a_race(
    office: Office, receiver: Receiver
) -> None:
    body = {"url": receiver.url, "events": ["payment.paid"]}
    headers = office.tutor.headers
    answers = await asyncio.gather(
        *(office.client.post(PATH, json=body, headers=headers) for _ in range(12))
    )
    assert sorted(one.status_code for one in answers) == [201] * 5 + [409] * 7
    refused = {one.json()["code"] for one in answers if one.status_code == 409}
    assert refused == {"webhook_endpoint_limit"}


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://10.1.2.3/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/hook",
        "https://[::ffff:192.168.0.1]/hook",
        "https://[64:ff9b::7f00:1]/hook",
        "https://2130706433/hook",
        "https://localhost/hook",
        "http://93.184.215.14/hook",
        "ftp://93.184.215.14/hook",
        "https://user:word@93.184.215.14/hook",  # pragma: allowlist secret
        "https://93.184.215.14\\@127.0.0.1/hook",
        "https://93.184.215.14/hook#part",
        "https://no-such-host.invalid/hook",
    ],
)
async def test_p22_only_plain_https_to_the_public_internet_is_taken(url: str, stack: Stack) -> None:
    async with open_office(stack, webhook_private_allowed=False) as office:
        body = {"url": url, "events": ["payment.paid"]}
        answer = await office.client.post(PATH, json=body, headers=office.tutor.headers)
        assert told(answer) == (422, "webhook_url_refused")
        assert answer.json()["fields"][0]["pointer"] == "/url"
        body["url"] = "https://93.184.215.14/hook"
        answer = await office.client.post(PATH, json=body, headers=office.tutor.headers)
        assert answer.status_code == 201
        changed = await office.ask("PATCH", f"/{answer.json()['id']}", json={"url": url})
        assert told(changed) == (422, "webhook_url_refused")
        assert (await office.endpoint()).url == "https://93.184.215.14/hook"


async def test_p22_an_unknown_event_or_none_is_refused(office: Office, receiver: Receiver) -> None:
    for events in ([], ["payment.lost"], ["user.registered"]):
        answer = await office.ask("POST", "", json={"url": receiver.url, "events": events})
        assert told(answer) == (422, "invalid")
    assert (await office.ask("GET", "")).json()["items"] == []


async def test_p22_an_export_shows_endpoints_and_what_was_sent_but_no_secret(
    office: Office, receiver: Receiver
) -> None:
    made = await office.register(receiver)
    await office.register(receiver, user=office.stack.as_user("tutor"))
    await office.credit(7)
    found = {}
    async with office.database.transaction() as session:
        async for section in personal_rows.sections(session, STORES, office.tutor.id):
            found[section.name] = [row async for row in section.rows]
    [sent], [endpoint] = found["webhook_deliveries"], found["webhook_endpoints"]
    assert (str(endpoint["id"]), endpoint["url"]) == (made["id"], receiver.url)
    assert not {"secret", "former_secret"} & endpoint.keys()
    assert (sent["type"], '"amount":7' in sent["body"]) == ("wallet.credited", True)


async def test_p22_what_is_erased_goes_with_all_deliveries(
    office: Office, receiver: Receiver
) -> None:
    await office.register(receiver)
    other = office.stack.as_user("tutor")
    await office.register(receiver, user=other)
    await office.credit(1)
    await office.credit(2, owner=other.id)
    await privacy.erase(
        office.database, EraseAccount(erasure_id=new_id(), account_id=office.tutor.id)
    )
    assert (await office.endpoint()).owner_id == other.id
    await office.credit(3)
    assert [one.body is not None for one in await office.deliveries()] == [True]
    await office.deliverer.settle()
    assert receiver.numbers == [2]
