"""What can go wrong with invoices."""

from libs.errors import NotFound


class InvoiceNotFound(NotFound):
    """There is no such invoice, or it is not yours."""

    code = "invoice_not_found"


class BillingDetailsNotFound(NotFound):
    """You have given no billing details yet."""

    code = "billing_details_not_found"
