"""Stripe's form bodies: `line_items[0][price_data][currency]=eur` as nested values, read strictly.

Stripe refuses what it does not know, so a misspelt parameter must fail here as well.
"""

import re
from urllib.parse import parse_qsl, urlsplit

from deploy.local.vendors.stripe.errors import Json, invalid

_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
MAX_AMOUNT = 99_999_999
METADATA_KEYS, METADATA_KEY_LENGTH, METADATA_VALUE_LENGTH = 50, 40, 500


def pairs(text: str) -> list[tuple[str, str]]:
    """The decoded `name=value` pairs of a form body or a query string."""
    return parse_qsl(text, keep_blank_values=True)


def nest(fields: list[tuple[str, str]]) -> Json:
    """Bracketed names as nested dicts; lists stay dicts keyed by their index as text."""
    root: Json = {}
    for name, value in fields:
        if not (match := _KEY.fullmatch(name)):
            raise invalid(f"Invalid parameter name: {name}", name)
        path = [match[1], *_PART.findall(match[2])]
        node = root
        for part in path[:-1]:
            node = node.setdefault(part or str(len(node)), {})
            if not isinstance(node, dict):
                raise invalid(f"Invalid object: {name}", name)
        node[path[-1] or str(len(node))] = value
    return root


class Params:
    """Reads parameters one by one; `finish` refuses those that nobody asked for."""

    def __init__(self, values: Json, path: str = "") -> None:
        self._values = values
        self._path = path
        self._read: set[str] = set()

    def full_name(self, name: str) -> str:
        """The name as Stripe's errors write it: `line_items[0][quantity]`."""
        return f"{self._path}[{name}]" if self._path else name

    def text(self, name: str, *, longest: int = 5000) -> str | None:
        """A string, or None when it is absent or empty (Stripe's way to unset)."""
        self._read.add(name)
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {value}", self.full_name(name))
        if len(value) > longest:
            param = self.full_name(name)
            raise invalid(f"Invalid string: must be at most {longest} characters", param)
        return value

    def need(self, name: str) -> str:
        """A string that must be there."""
        if (value := self.text(name)) is None:
            param = self.full_name(name)
            raise invalid(f"Missing required param: {param}.", param, "parameter_missing")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """A string out of a short list."""
        if (value := self.text(name)) is not None and value not in allowed:
            raise invalid(f"Invalid {name}: must be one of {', '.join(allowed)}", name)
        return value

    def integer(self, name: str, lowest: int, highest: int = MAX_AMOUNT) -> int | None:
        """A whole number within bounds (inclusive)."""
        if (value := self.text(name)) is None:
            return None
        param = self.full_name(name)
        if not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise invalid(f"Invalid integer: {value}", param, "parameter_invalid_integer")
        if not lowest <= int(value) <= highest:
            message = f"This value must be from {lowest} to {highest}."
            raise invalid(message, param, "parameter_invalid_integer")
        return int(value)

    def currency(self, name: str = "currency") -> str:
        """A three-letter code, in lower case as Stripe keeps it."""
        value = self.need(name).lower()
        if not re.fullmatch("[a-z]{3}", value):
            raise invalid(f"Invalid currency: {value}", self.full_name(name))
        return value

    def url(self, name: str) -> str | None:
        """An absolute http(s) address."""
        if (value := self.text(name)) is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise invalid("Not a valid URL", self.full_name(name), "url_invalid")
        return value

    def inner(self, name: str) -> "Params | None":
        """A nested object, to be read and finished on its own."""
        self._read.add(name)
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, dict):
            raise invalid("Invalid object", self.full_name(name))
        return Params(value, self.full_name(name))

    def items(self, name: str) -> list["Params"]:
        """A list of nested objects, in the order of their indexes."""
        inner = self.inner(name)
        if inner is None:
            return []
        found = [inner.inner(key) for key in sorted(inner._values, key=lambda key: key.zfill(9))]
        return [item for item in found if item is not None]

    def strings(self) -> list[str]:
        """The plain values of this object or list, all of them read."""
        return [value for name in self._values if (value := self.text(name)) is not None]

    def metadata(self, name: str = "metadata") -> dict[str, str]:
        """Free keys and values within Stripe's limits."""
        inner = self.inner(name)
        values = {} if inner is None else inner._values
        if len(values) > METADATA_KEYS:
            raise invalid(f"You can have up to {METADATA_KEYS} metadata keys", name)
        for key, value in values.items():
            if not isinstance(value, str) or len(value) > METADATA_VALUE_LENGTH:
                message = f"Metadata values can have up to {METADATA_VALUE_LENGTH} characters"
                raise invalid(message, f"{self.full_name(name)}[{key}]")
            if len(key) > METADATA_KEY_LENGTH:
                message = f"Metadata keys can have up to {METADATA_KEY_LENGTH} characters"
                raise invalid(message, f"{self.full_name(name)}[{key}]")
        return {key: value for key, value in values.items() if value}

    def finish(self, *ignored: str) -> None:
        """Refuse what was not read; `ignored` are real parameters without effect here."""
        for name in self._values:
            if name not in self._read and name not in ignored:
                param = self.full_name(name)
                raise invalid(f"Received unknown parameter: {param}", param, "parameter_unknown")
