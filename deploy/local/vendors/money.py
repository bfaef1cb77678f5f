"""Amounts as people read them. Stripe counts in minor units that differ from ISO 4217 for some
currencies (docs.stripe.com/currencies), and this page shows what Stripe would charge."""

ZERO_DECIMAL = frozenset(
    {
        "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
        "xof", "xpf",
    }
)  # fmt: skip
# ISK and UGX have no minor unit, yet Stripe's API still counts them in hundredths.
THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def minor_digits(currency: str) -> int:
    """How many digits after the point Stripe gives this currency (ISO code, any case)."""
    code = currency.lower()
    return 0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2


def format_amount(amount: int, currency: str) -> str:
    """`1234567, "eur"` -> `EUR 12,345.67`; `amount` is in Stripe's minor units."""
    digits = minor_digits(currency)
    whole, part = divmod(abs(amount), 10**digits)
    fraction = f".{part:0{digits}d}" if digits else ""
    return f"{'-' if amount < 0 else ''}{currency.upper()} {whole:,}{fraction}"
