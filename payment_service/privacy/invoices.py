"""What is held of people for invoices (ADR 40)."""

from libs.data_map import DataMap, Fate, Held, Rule, words

LAW = "an issued invoice must be kept as it was issued, ten years, by tax law"
OWN = "invoice_id IN (SELECT id FROM invoices WHERE tutor_id = :person)"

STORES: DataMap = (
    Held(
        store="billing_details",
        purpose="Whom a person's next invoices are made out to.",
        retention="Until the account goes.",
        personal=words("name address country tax_id"),
        other=words("account_id updated_at"),
        rules=(
            Rule(
                "billing_details",
                "account_id = :person",
                words("name address country tax_id updated_at"),
            ),
        ),
    ),
    Held(
        store="invoices",
        purpose="Invoices and credit notes as issued; their PDFs lie in the object store.",
        retention="Ten years, with the books.",
        personal=words("customer_name customer_address customer_country customer_tax_id"),
        other=words(
            "id number issuer_code kind year serial corrects_id payment_id refund_id "
            "study_session_id tutor_id currency net tax total issuer_name issuer_address "
            "issuer_tax_id issued_on issued_at"
        ),
        rules=(
            Rule(
                "invoices",
                "tutor_id = :person",
                words(
                    "id number kind corrects_id payment_id refund_id study_session_id currency net "
                    "tax total issuer_name issuer_address issuer_tax_id customer_name "
                    "customer_address customer_country customer_tax_id issued_on issued_at"
                ),
                Fate.KEPT,
            ),
        ),
        kept=dict.fromkeys(
            words("customer_name customer_address customer_country customer_tax_id"), LAW
        ),
    ),
    Held(
        store="invoice_lines",
        purpose="What invoices bill.",
        retention="Ten years, with the books.",
        other=words("invoice_id position description net amount"),
        rules=(
            Rule(
                "invoice_lines",
                OWN,
                words("invoice_id position description net amount"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="invoice_taxes",
        purpose="The taxes in what invoices bill.",
        retention="Ten years, with the books.",
        other=words("invoice_id line position name percent amount rounding"),
        rules=(
            Rule(
                "invoice_taxes",
                OWN,
                words("invoice_id line position name percent amount rounding"),
                Fate.KEPT,
            ),
        ),
    ),
    Held(
        store="invoice_documents",
        purpose="Where the PDFs of invoices are.",
        retention="Ten years, with the books.",
        other=words("invoice_id asked_at drawn_at object_key sha256"),
    ),
    Held(
        store="invoice_counters",
        purpose="The last numbers of invoices given.",
        retention="For good.",
        other=words("issuer_code kind year last"),
    ),
)
