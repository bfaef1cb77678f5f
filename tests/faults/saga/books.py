"""What both services and the provider hold of classes in the end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.faults.ledger import Books
from tests.faults.saga.model import Found, Sums
from tests.faults.saga.people import Run, Stays

LISTED = 100
GONE = ("failed", "canceled")
"""What gave nothing back in the end."""


async def judge(
    books: Books, environment: Mapping[str, str], admin: Stays, runs: Sequence[Run]
) -> Sums:
    """Holds all classes against the model."""
    found: dict[str, Found] = defaultdict(Found)
    _rows(found, books)
    for event in books.events:
        if (study_session_id := getattr(event, "study_session_id", None)) is not None:
            found[str(study_session_id)].events[event.type.removeprefix("studyzed.")] += 1
    await _provider(found, environment)
    await _operators(found, admin)
    sums = Sums()
    for run in runs:
        name = f"class {run.study_session_id} ({run.case})"
        sums.add(name, run.told, found[run.study_session_id])
    return sums


def _rows(found: dict[str, Found], books: Books) -> None:
    for row in books.rows["session.study_sessions"]:
        found[str(row["id"])].state = row["state"]
    for table, name in (
        ("payment.payments", "payments"),
        ("payment.refunds", "refunds"),
        ("session.class_refunds", "copies"),
    ):
        for row in books.rows[table]:
            state = row["status"] if name == "payments" else row["state"]
            getattr(found[str(row["study_session_id"])], name)[state] += 1


async def _provider(found: dict[str, Found], environment: Mapping[str, str]) -> None:
    """What was taken and given back, by the provider's own objects."""
    key = environment["PAYMENT_STRIPE_SECRET_KEY"]
    url = environment["PAYMENT_STRIPE_API_BASE"]
    async with httpx.AsyncClient(base_url=url, auth=(key, ""), timeout=20) as web:
        classes = {}
        for intent in await _all(web, "/v1/payment_intents"):
            classes[intent["id"]] = name = intent["metadata"]["study_session_id"]
            if intent["amount_received"]:
                found[name].captured.append(intent["amount_received"])
        for refund in await _all(web, "/v1/refunds"):
            if refund["status"] not in GONE:
                found[classes[refund["payment_intent"]]].returned.append(refund["amount"])
        for session in await _all(web, "/v1/checkout/sessions"):
            name = session["metadata"]["study_session_id"]
            found[name].open_checkouts += session["status"] == "open"


async def _all(web: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    things: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        answer = await web.get(path, params={"limit": str(LISTED)} | after)
        page = answer.raise_for_status().json()
        things += page["data"]
        if not page["has_more"]:
            return things
        after = {"starting_after": things[-1]["id"]}


async def _operators(found: dict[str, Found], admin: Stays) -> None:
    """What the lists of admins show."""
    for entry in await _pages(admin, "/api/sessions/v1/admin/approvals"):
        found[entry["id"]].approval = entry["state"]
        if entry["stuck"]:
            found[entry["id"]].stuck.append(entry["stuck"])
    for entry in await _pages(admin, "/api/payments/v1/admin/refunds"):
        if entry["stuck"]:
            found[entry["study_session_id"]].stuck.append(entry["stuck"])


async def _pages(admin: Stays, path: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await admin.call("GET", f"{path}?limit={LISTED}{cursor}")
        entries += page["items"]
        if page["next_cursor"] is None:
            return entries
        cursor = f"&cursor={page['next_cursor']}"
