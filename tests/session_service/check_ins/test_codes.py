"""Codes to check in by, as pure functions (S-A13)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from session_service.check_ins import codes

NOW = datetime(2026, 11, 30, 8, 0, 29, 999_999, tzinfo=UTC)
LESSON, OTHER = UUID(int=1), UUID(int=2)
SECRET = b"s" * 32


def good(code: str, now: datetime, lesson_id: UUID = LESSON, secret: bytes = SECRET) -> bool:
    return codes.is_good(secret, lesson_id, now, code)


def test_s_a13_a_code_is_good_for_its_step_and_the_next() -> None:
    code = codes.code_of(SECRET, LESSON, codes.step_of(NOW))
    step = timedelta(seconds=30)
    assert codes.next_step(NOW) == NOW + timedelta(microseconds=1)
    assert good(code, NOW - step + timedelta(microseconds=1))
    assert good(code, NOW)
    assert good(code, NOW + step)
    assert not good(code, NOW + step + timedelta(microseconds=1))
    assert not good(code, NOW - step)
    assert not good(code, NOW, OTHER)
    assert not good(code, NOW, secret=b"t" * 32)


def test_s_a13_a_code_is_read_in_any_case_and_with_dashes() -> None:
    code = codes.code_of(SECRET, LESSON, codes.step_of(NOW))
    assert good(f" {code[:3].lower()}-{code[3:].lower()} ", NOW)
    assert not good(code[:-1], NOW)
    assert not good(code + "A", NOW)
    assert not good("", NOW)
    assert not good("ä" * 6, NOW)


@given(st.binary(min_size=32, max_size=32), st.uuids(), st.integers(0, 2**40))
def test_s_a13_codes_have_six_letters_that_nobody_confuses(
    secret: bytes, lesson_id: UUID, step: int
) -> None:
    code = codes.code_of(secret, lesson_id, step)
    assert len(code) == 6
    assert set(code) <= set("ABCDEFGHJKMNPQRSTUVWXYZ23456789")
    assert code == codes.code_of(secret, lesson_id, step)
