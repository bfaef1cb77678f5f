"""Secrets are made once, kept over restarts, and readable by their user alone."""

import json
from pathlib import Path

import pytest

from deploy.local import keys
from deploy.local.places import Place


def test_secrets_are_kept(tmp_path: Path) -> None:
    first = keys.load(Place(tmp_path))
    assert keys.load(Place(tmp_path)) == first
    assert Place(tmp_path).keys.stat().st_mode & 0o777 == 0o600
    assert set(first) == set(keys.MAKERS)
    assert len(set(first.values())) == len(keys.MAKERS)
    assert min(map(len, first.values())) >= 16


def test_a_new_kind_of_secret_is_added_to_the_old_ones(tmp_path: Path) -> None:
    old = {"admin_password": "chosen"}  # pragma: allowlist secret
    Place(tmp_path).keys.write_text(json.dumps(old))
    found = keys.load(Place(tmp_path))
    assert found["admin_password"] == old["admin_password"]
    assert set(found) == set(keys.MAKERS)
    assert keys.load(Place(tmp_path)) == found


@pytest.mark.parametrize("text", ["{", "[]", '{"admin_password": 7}'])
def test_damaged_file_is_not_overwritten(tmp_path: Path, text: str) -> None:
    Place(tmp_path).keys.write_text(text)
    with pytest.raises(keys.Unreadable, match="is damaged"):
        keys.load(Place(tmp_path))
    assert Place(tmp_path).keys.read_text() == text
