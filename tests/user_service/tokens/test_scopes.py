"""The algebra of scopes, and the shape of secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.auth import Role
from tests.access.test_rights import SERVICES
from user_service.tokens import secret
from user_service.tokens.errors import ScopeRefused
from user_service.tokens.scopes import EVERYTHING, READING, Scope, allowed, effective
from user_service.tokens.service import _narrowed

HELD = st.frozensets(st.sampled_from([*Scope, "user:enroll", "all", "session:grade", ""]))
ROLES = st.sampled_from(list(Role))


def test_u18_there_is_a_scope_per_service_and_way() -> None:
    named = {name.removesuffix("_service") for name in SERVICES}
    assert {scope.value for scope in Scope} == {
        f"{name}:{way}" for name in named for way in ("read", "write")
    }


@given(HELD, ROLES)
def test_u18_a_token_never_does_more_than_it_has_and_its_role_may(
    held: frozenset[str], role: Role
) -> None:
    left = effective(held, role)
    assert left == held & allowed(role)
    assert effective(left, role) == left
    assert effective(held, Role.ADMIN) <= left
    if role is Role.ADMIN:
        assert left <= READING
    else:
        assert left == held & EVERYTHING


@given(HELD, HELD, ROLES)
def test_u18_more_scopes_never_take_any_away(
    some: frozenset[str], others: frozenset[str], role: Role
) -> None:
    assert effective(some | others, role) == effective(some, role) | effective(others, role)


@given(HELD, ROLES, st.none() | HELD)
def test_u18_an_exchange_gives_what_is_asked_for_or_nothing(
    held: frozenset[str], role: Role, asked: frozenset[str] | None
) -> None:
    left = effective(held, role)
    wanted = None if asked is None else " ".join(sorted(asked))
    meant = left if wanted is None else frozenset(wanted.split())
    if meant and meant <= left:
        assert _narrowed(left, wanted) == meant
    else:
        with pytest.raises(ScopeRefused):
            _narrowed(left, wanted)


def test_u18_secrets_are_whole_and_differ() -> None:
    drawn = {secret.draw() for _ in range(200)}
    assert len(drawn) == 200
    assert all(secret.is_whole(one) and len(one) == 53 for one in drawn)
    assert all(one.startswith("szp_") and one[4:].isalnum() for one in drawn)


@given(st.integers(0, 52), st.sampled_from(secret.LETTERS + "_- é"))
def test_u18_one_wrong_letter_is_noticed(place: int, letter: str) -> None:
    good = secret.draw()
    wrong = good[:place] + letter + good[place + 1 :]
    assert secret.is_whole(wrong) == (wrong == good)


@given(st.text(max_size=60))
def test_u18_other_text_is_no_secret(text: str) -> None:
    assert not secret.is_whole(text)
