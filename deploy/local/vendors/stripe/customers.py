"""Customers, as far as a checkout needs them."""

from deploy.local.vendors.stripe.account import Account, new_id
from deploy.local.vendors.stripe.errors import Json
from deploy.local.vendors.stripe.forms import Params

FIELDS = ("email", "name", "phone", "description")


def create(account: Account, params: Params) -> Json:
    """`POST /v1/customers`."""
    fields = {name: params.text(name) for name in FIELDS}
    metadata = params.metadata()
    params.finish("address", "preferred_locales")
    customer = {
        "id": new_id("cus"),
        "object": "customer",
        "created": account.time(),
        "livemode": False,
        "metadata": metadata,
        **fields,
    }
    return account.store.put(customer)


def update(account: Account, params: Params, customer_id: str) -> Json:
    """`POST /v1/customers/{id}`: changes the fields that are sent, merges the metadata."""
    customer = account.get("customer", customer_id)
    sent = {name: params.text(name) for name in FIELDS}
    metadata = {**customer["metadata"], **params.metadata()}
    params.finish("address", "preferred_locales")
    changed = {name: value for name, value in sent.items() if value is not None}
    return account.store.put({**customer, **changed, "metadata": metadata})
