"""A followed log loses no line, also when it is rotated."""

from pathlib import Path

from deploy.local.logs import FIRST_BYTES, Follower


def test_lines_are_whole_and_told_once(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    follower = Follower(log)
    assert list(follower.new_lines()) == []
    log.write_text("one\ntw")
    assert list(follower.new_lines()) == ["one"]
    with log.open("a") as file:
        file.write("o\n")
    assert list(follower.new_lines()) == ["two"]
    assert list(follower.new_lines()) == []


def test_rotation(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("old\n")
    follower = Follower(log)
    assert list(follower.new_lines()) == ["old"]
    log.rename(tmp_path / "a.log.1")
    log.write_text("new\n")
    assert list(follower.new_lines()) == ["new"]


def test_long_log_begins_near_its_end(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("x\n" * 10_000)
    assert len(list(Follower(log).new_lines())) == FIRST_BYTES // 2
