"""The invoice of what was paid, as data and on paper."""

from typing import Any

import httpx

from deploy.demo.client import NotSeen, Person, eventually

INVOICES = "/api/payments/v1/invoices"


async def read_invoice(tutor: Person, web: httpx.AsyncClient) -> list[str]:
    """The one invoice of a tutor's, and its PDF by a signed address. Raises `NotSeen`."""

    async def listed() -> dict[str, Any] | None:
        page = await tutor.call("GET", INVOICES)
        return next(iter(page["items"]), None)

    made = await eventually("the invoice", listed)

    async def drawn() -> dict[str, Any] | None:
        found: dict[str, Any] | None = await tutor.call("GET", f"{INVOICES}/{made['id']}/pdf")
        return found

    told = await eventually("the invoice's PDF", drawn)
    file = await web.get(told["url"])
    if file.status_code != 200 or not file.content.startswith(b"%PDF-"):
        raise NotSeen(f"the address of the PDF answered {file.status_code}")
    total = f"{made['total'] / 100:.2f} {made['currency']}"
    seen = await tutor.told("invoice_ready")
    return [f"invoice {made['number']} over {total}: a PDF of {len(file.content)} bytes", seen]
