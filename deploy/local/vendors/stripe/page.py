"""The hosted checkout page: plain HTML and forms, usable without JavaScript."""

from html import escape

from starlette.responses import HTMLResponse

from deploy.local.vendors.money import format_amount
from deploy.local.vendors.pages import page
from deploy.local.vendors.stripe.checkouts import PAGE
from deploy.local.vendors.stripe.errors import Json

NOTE = '<p class="note" role="note">Test checkout: no real money</p>'


def success_url(session: Json) -> str:
    """Where the customer goes after paying, with Stripe's placeholder filled in."""
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def open_page(session: Json, *, declined: bool) -> HTMLResponse:
    """What is bought and for how much, with *Pay* and *Decline*."""
    action = f"{PAGE}{session['id']}"
    total = escape(format_amount(session["amount_total"], session["currency"]))
    alert = (
        '<div class="alert" role="alert"><strong class="bad">Your card was declined.</strong>'
        " Nothing was taken. You can try again, or go back.</div>"
        if declined
        else ""
    )
    body = (
        f"{NOTE}{alert}<h1>Pay {total}</h1>"
        f'<div class="card"><table><caption class="soft">Your order at StudyZed</caption>'
        '<thead><tr><th scope="col">Product</th><th scope="col" class="sum">Price</th></tr></thead>'
        f"<tbody>{''.join(_line(line) for line in session['_lines'])}</tbody>"
        f'<tfoot><tr class="total"><th scope="row">Total</th><td class="sum">{total}</td></tr>'
        f"</tfoot></table>{_buttons(action, session)}</div>{_cancel(session)}"
    )
    return page(f"{'Declined | ' if declined else ''}Test checkout", body, width="narrow")


def finished_page(session: Json) -> HTMLResponse:
    """For a session that is paid: nothing to do but to go back."""
    link = escape(success_url(session), quote=True)
    body = (
        f'{NOTE}<h1>This order is paid</h1><div class="card"><p>There is nothing left to pay.</p>'
        f'<p><a href="{link}">Continue</a></p></div>'
    )
    return page("Paid | Test checkout", body, width="narrow")


def expired_page(session: Json) -> HTMLResponse:
    """For a session whose time is over."""
    body = (
        f'{NOTE}<h1>This checkout has expired</h1><div class="card"><p>It can no longer be paid. '
        f"Start again from the shop.</p></div>{_cancel(session)}"
    )
    return page("Expired | Test checkout", body, status=410, width="narrow")


def unknown_page() -> HTMLResponse:
    """For an address that belongs to no session."""
    body = f"{NOTE}<h1>There is no such checkout</h1><p>Check the address, or start again.</p>"
    return page("Not found | Test checkout", body, status=404, width="narrow")


def _line(line: Json) -> str:
    details = f'<br><span class="soft">{escape(line["details"])}</span>' if line["details"] else ""
    count = f" &times; {line['quantity']}" if line["quantity"] > 1 else ""
    price = escape(format_amount(line["amount_total"], line["currency"]))
    name = escape(line["description"])
    return f'<tr><td>{name}{count}{details}</td><td class="sum">{price}</td></tr>'


def _buttons(action: str, session: Json) -> str:
    pay = f'<form method="post" action="{action}/pay"><button>Pay</button></form>'
    if not session["amount_total"]:
        return f'<div class="row">{pay}</div>'
    decline = (
        f'<form method="post" action="{action}/decline">'
        '<button class="second">Decline</button></form>'
    )
    return f'<div class="row">{pay}{decline}</div>'


def _cancel(session: Json) -> str:
    if session["cancel_url"] is None:
        return ""
    link = escape(session["cancel_url"], quote=True)
    return f'<p><a href="{link}">Go back without paying</a></p>'
