"""Making PDFs beside requests. Every job may come twice, or die anywhere."""

from libs import children
from libs.objects import Objects
from libs.postgres import Database
from payment_service.invoices import repository, service
from payment_service.invoices.schemas import DrawInvoice

CHILD = "payment_service.invoices.child"
"""By name, not by import: fpdf and the fonts stay out of this process."""


async def draw_invoice(database: Database, objects: Objects, job: DrawInvoice) -> None:
    """Makes the PDF of a document in a child process and stores it, while no transaction is open;
    the same document gives the same bytes under the same key. Raises `InvoiceNotFound`,
    `ChildFailed` or `Unavailable`; the job is then tried again.
    """
    invoice_id = job.invoice_id
    if await database.run(lambda session: repository.is_drawn(session, invoice_id)):
        return
    found = await service.get(database.reads, invoice_id)
    body = await children.run(CHILD, found.model_dump_json().encode())
    key = f"invoices/{invoice_id}.pdf"
    await objects.put(key, body, service.PDF)
    await database.run(lambda session: service.keep_pdf(session, invoice_id, key, body))
