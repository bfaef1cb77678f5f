"""Languages that a client asks for: `Accept-Language` (RFC 9110, section 12.5.4)."""

import re

TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LONGEST_TAG = 35
"""Letters of a BCP 47 tag (RFC 5646, section 4.4.1)."""


def accepted(header: str) -> list[str]:
    """The BCP 47 tags of a header, the most wanted first; what is none is left out."""
    wanted = []
    for part in header.split(",")[:20]:
        tag, _, weight = part.strip().partition(";")
        tag = tag.strip()
        weight = weight.strip().removeprefix("q=") or "1"
        if TAG.fullmatch(tag) and len(tag) <= LONGEST_TAG and _is_weight(weight):
            wanted.append((-float(weight), tag.lower()))
    return [tag for weight, tag in sorted(wanted, key=lambda one: one[0]) if weight < 0]


def _is_weight(text: str) -> bool:
    return re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", text) is not None
