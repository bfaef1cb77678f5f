"""Sums of money in words. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

_NONE = ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"]
_NONE += ["VUV", "XAF", "XOF", "XPF"]
_THREE = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]
PLACES: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3) | {"CLF": 4, "UYW": 4}
)
"""How many decimal places the minor unit of a currency is, where it is not two (ISO 4217)."""
SIGNS: Mapping[str, str] = MappingProxyType({"INR": "₹", "EUR": "€", "GBP": "£"})


def shown(amount: int, currency: str) -> str:
    """An amount in minor units of a currency (ISO 4217), such as `₹499.00`, `JPY 1200` or
    `-₹1.50`.
    """
    value = Decimal(abs(amount)).scaleb(-PLACES.get(currency, 2))
    return f"{'-' if amount < 0 else ''}{SIGNS.get(currency, currency + ' ')}{value:f}"
