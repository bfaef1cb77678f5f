"""The child process: reads an invoice as JSON, writes its PDF, and ends; with it ends the memory
that fonts take.

    python -m payment_service.invoices.child < invoice.json > invoice.pdf
"""

import logging
import sys

from payment_service.invoices.drawing import draw
from payment_service.invoices.schemas import InvoiceOut


def main() -> None:
    """From standard input to standard output."""
    logging.disable(logging.CRITICAL)  # the libraries name letters that a font lacks: people's
    invoice = InvoiceOut.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(draw(invoice))


if __name__ == "__main__":
    main()
