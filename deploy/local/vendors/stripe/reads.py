"""Reading back: retrieve, list with Stripe's cursor, and `expand`."""

import json

from deploy.local.vendors.stripe import checkouts
from deploy.local.vendors.stripe.account import Account, public
from deploy.local.vendors.stripe.errors import Json, invalid
from deploy.local.vendors.stripe.forms import Params

EXPANDABLE = {
    "charge": "charge",
    "customer": "customer",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "payment_method": "payment_method",
}
FILTERS = {
    "charge": ("customer", "payment_intent"),
    "checkout.session": ("customer", "payment_intent", "status"),
    "customer": ("email",),
    "dispute": ("charge", "payment_intent"),
    "event": ("type",),
    "payment_intent": ("customer",),
    "refund": ("charge", "payment_intent"),
}
# How Stripe's errors call the id of an object.
PARAMS = {"payment_intent": "intent", "checkout.session": "session"}


def retrieve(account: Account, kind: str, object_id: str) -> Json:
    """One object by its id; a checkout session is expired first when its time is over."""
    if kind == "checkout.session":
        return checkouts.get(account, object_id)
    return account.get(kind, object_id, PARAMS.get(kind, "id"))


def line_items(account: Account, params: Params, session_id: str) -> Json:
    """`GET /v1/checkout/sessions/{id}/line_items`, all on one page."""
    params.finish("limit")
    session = checkouts.get(account, session_id)
    return _lines(session)


def listing(account: Account, kind: str, url: str, params: Params) -> Json:
    """Newest first, up to 100, after the object named by `starting_after`."""
    limit = params.integer("limit", 1, 100) or 10
    conditions: list[tuple[str, object]] = [
        (f"json_extract(body, '$.{name}') = ?", value)
        for name in FILTERS[kind]
        if (value := params.text(name)) is not None
    ]
    if kind == "event" and (types := params.inner("types")) is not None:
        wanted = json.dumps(types.strings())
        fragment = "json_extract(body, '$.type') IN (SELECT value FROM json_each(?))"
        conditions.append((fragment, wanted))
    conditions += _created(params)
    if after := params.text("starting_after"):
        if (seq := account.store.seq(after)) is None:
            raise invalid(f"No such {kind}: '{after}'", "starting_after", "resource_missing")
        conditions.append(("seq < ?", seq))
    params.finish()
    found = account.store.newest(kind, limit + 1, conditions)
    return {
        "object": "list",
        "data": [public(thing) for thing in found[:limit]],
        "has_more": len(found) > limit,
        "url": url,
    }


def expand(account: Account, thing: Json, paths: list[str]) -> Json:
    """Replace ids by objects along dotted paths; `public` has been applied to the result."""
    shown = public(thing)
    for path in paths:
        name, _, rest = path.partition(".")
        if name == "data" and rest:
            shown["data"] = [expand(account, item, [rest]) for item in shown["data"]]
        elif name == "line_items" and "_lines" in thing:
            shown[name] = _lines(thing)
        elif name in EXPANDABLE and name in shown:
            if isinstance(shown[name], str):
                shown[name] = account.get(EXPANDABLE[name], shown[name])
            if shown[name] is not None:
                shown[name] = expand(account, shown[name], [rest] if rest else [])
        else:
            raise invalid(f"This property cannot be expanded ({path}).", "expand")
    return shown


def _created(params: Params) -> list[tuple[str, object]]:
    created = params.inner("created")
    if created is None:
        return []
    found: list[tuple[str, object]] = []
    for name, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
        if (value := created.integer(name, 0, 99_999_999_999)) is not None:
            found.append((f"json_extract(body, '$.created') {sign} ?", value))
    created.finish()
    return found


def _lines(session: Json) -> Json:
    items = [
        {
            "id": line["id"],
            "object": "item",
            "amount_discount": 0,
            "amount_subtotal": line["amount_total"],
            "amount_tax": 0,
            "amount_total": line["amount_total"],
            "currency": line["currency"],
            "description": line["description"],
            "price": {
                "object": "price",
                "currency": line["currency"],
                "unit_amount": line["unit_amount"],
                "type": "one_time",
            },
            "quantity": line["quantity"],
        }
        for line in session["_lines"]
    ]
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return {"object": "list", "data": items, "has_more": False, "url": url}
