"""Text that stands on one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from libs.schemas import ShortText

TEXT: TypeAdapter[str] = TypeAdapter(ShortText)
NO_LINE = [*map(chr, range(0x20)), "\x7f", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("sign", NO_LINE)
def test_short_text_stands_on_one_line(sign: str) -> None:
    with pytest.raises(ValidationError):
        TEXT.validate_python(f"Asha{sign}Rao")


@given(st.text(min_size=1, max_size=200))
def test_short_text_is_taken_when_it_is_one_line(text: str) -> None:
    good = not any(sign in text for sign in NO_LINE)
    try:
        assert TEXT.validate_python(text) == text
    except ValidationError:
        assert not good
    else:
        assert good
        assert text.splitlines() == [text]
