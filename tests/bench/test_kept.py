"""A bench of a few rows leaves all others in the document as they were."""

from pathlib import Path

from tests.bench import kept, report
from tests.bench.kept import Kept
from tests.bench.results import Result, at_least, at_most

ORDER = ["me", "joins", "login"]
ME = Result("me", "reading", "ms", [3.0, 1.0, 2.0], [1.0], at_most(1.5), "beside it")
LOGIN = Result("login", "signing in", "logins per s", [80.0], [100.0], at_least(0.75))
JOINS = Result("joins", "joining", "joins per s", [5.0])
OLD = [Kept("Monday", ME), Kept("Monday", LOGIN)]


def test_a_file_gives_back_what_was_saved(tmp_path: Path) -> None:
    file = tmp_path / "performance" / "results.json"
    assert kept.read(file) == []
    kept.save(file, OLD)
    [me, login] = kept.read(file)
    assert (me.run, me.result.mine, me.result.ratio, me.result.verdict) == (
        "Monday", 2.0, 2.0, "missed",
    )  # fmt: skip
    assert (login.result.target, login.result.verdict) == (at_least(0.75), "met")


def test_new_rows_take_the_place_of_their_own_and_stand_in_order() -> None:
    faster = Result("me", "reading", "ms", [1.0], [1.0])
    found = kept.merge(OLD, [Kept("Tuesday", JOINS), Kept("Tuesday", faster)], ORDER)
    assert [(one.run, one.result) for one in found] == [
        ("Tuesday", faster), ("Tuesday", JOINS), ("Monday", LOGIN),
    ]  # fmt: skip


def test_a_row_that_there_is_no_more_leaves() -> None:
    assert kept.merge(OLD, [], ["login"]) == [Kept("Monday", LOGIN)]


def test_the_document_tells_which_rows_are_of_another_run(tmp_path: Path) -> None:
    report.write(OLD, tmp_path)
    before = (tmp_path / "performance.md").read_text().splitlines()
    report.write(kept.merge(OLD, [Kept("Tuesday", JOINS)], ORDER), tmp_path)
    after = (tmp_path / "performance.md").read_text().splitlines()
    row = "| joining | joins per s | 5.000 |  |  |  |  |"
    assert [line for line in after if line not in before] == [
        "Measured by themselves:", "- `joins`: Tuesday.", row,
    ]  # fmt: skip
    assert [line for line in before if line not in after] == []
    assert "| reading | ms | 2.000 | 1.000 | 2.00 | ≤ 1.5 x bare | **missed** |" in after
    assert "Monday." in after
