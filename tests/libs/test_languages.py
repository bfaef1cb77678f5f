"""`Accept-Language`, as clients write it and as nobody should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.languages import TAG, accepted


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("hi", ["hi"]), ("hi-IN, en;q=0.8", ["hi-in", "en"]),
        ("en;q=0.5, hi;q=0.9, de", ["de", "hi", "en"]), ("fr;q=0, en;q=0.001", ["en"]),
        ("*", []), ("", []), ("hi;q=2, en;q=x, de;q=1.0", ["de"]), ("a, english\n, e n", []),
    ],
)  # fmt: skip
def test_tags_in_the_order_of_their_weights(header: str, tags: list[str]) -> None:
    assert accepted(header) == tags


@given(st.text(max_size=400))
def test_any_header_gives_tags_or_none(header: str) -> None:
    assert all(TAG.fullmatch(tag) for tag in accepted(header))
