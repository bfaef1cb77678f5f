"""Reading CSV files of people: what spreadsheets write, and what they should not."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from user_service.invites import files
from user_service.invites.errors import CsvRefused
from user_service.invites.files import MAX_ROWS, Person, Wrong


def read(text: str) -> list[files.Row]:
    return files.read(files.decode(text.encode()))


def test_u_a10_a_row_becomes_a_person() -> None:
    text = "email,first_name,last_name,locale\nAsha@Example.org, Asha ,Rao,hi-IN\n"
    assert read(text) == [Person(2, "Asha@example.org", "Asha", "Rao", "hi-IN")]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffemail,first_name\r\na@example.org,Ä\r\n",
        "email;first_name\na@example.org;Ä\n",
        "first_name\tEMAIL\nA\u0308\ta@example.org",
        '"email","first_name"\n"a@example.org","Ä"\n\n\n',
    ],
)
def test_u_a10_marks_separators_and_quotes(text: str) -> None:
    assert read(text) == [Person(2, "a@example.org", "Ä", "", "en")]


def test_u_a10_lines_are_those_of_the_file() -> None:
    """A quoted line end and blank lines count: an editor shows the same number."""
    text = 'email,first_name\n\na@example.org,"two"\nnobody,\nb@example.org,x,y\nA@example.org,\n'
    assert read(text) == [
        Person(3, "a@example.org", "two", "", "en"),
        Wrong(4, "bad_email", "This is no e-mail address."),
        Wrong(5, "wrong_length", "There are 3 fields, not 2."),
        Wrong(6, "address_repeated", "The address stands in line 3 too."),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("a@example.org,A\x07,,", "bad_name"), ('a@example.org,"A\nB",,', "bad_name"),
        ("a@example.org," + "x" * 201 + ",,", "bad_name"), ("a@example.org,,,Hindi!", "bad_locale"),
        (f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.org,,,", "bad_email"),
        (",Asha,,", "bad_email"),
    ],
)  # fmt: skip
def test_a_wrong_row_names_its_fault(fields: str, code: str) -> None:
    [row] = read(f"email,first_name,last_name,locale\n{fields}\n")
    assert isinstance(row, Wrong)
    assert (row.line, row.code) == (2, code)


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        ("", "/1", "wrong_header"), ("name\nAsha\n", "/1", "unknown_column"),
        ("email,email\n", "/1", "wrong_header"), ("first_name\nAsha\n", "/1", "wrong_header"),
        ('email\n"a@example.org\n', "/2", "not_csv"),
        ('email\n"a"b@example.org\n', "/2", "not_csv"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_names_the_line(text: str, pointer: str, code: str) -> None:
    with pytest.raises(CsvRefused) as caught:
        read(text)
    assert [(problem.pointer, problem.code) for problem in caught.value.fields] == [(pointer, code)]


def test_another_encoding_names_the_line() -> None:
    with pytest.raises(CsvRefused) as caught:
        files.decode("email,first_name\na@example.org,Ä\n".encode("latin-1"))
    assert caught.value.fields[0].pointer == "/2"


def test_a_zero_byte_names_the_line() -> None:
    with pytest.raises(CsvRefused) as caught:
        read("email,first_name\na@example.org,\nb@example.org,B\0\n")
    assert [(one.pointer, one.code) for one in caught.value.fields] == [("/3", "not_csv")]


def test_a_file_has_ten_thousand_rows_at_most() -> None:
    rows = [f"p{number}@example.org" for number in range(MAX_ROWS)]
    assert len(read("email\n" + "\n".join(rows))) == MAX_ROWS
    with pytest.raises(CsvRefused) as caught:
        read("email\n" + "\n".join([*rows, "one@example.org"]))
    assert caught.value.fields[0].code == "too_many_rows"


@given(
    st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=4), max_size=8),
    st.sampled_from(",;\t"),
)
def test_any_table_is_read_or_refused(table: list[list[str]], delimiter: str) -> None:
    """Every row that is not blank gives one answer, in order, on rising lines."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["email", "first_name"])
    writer.writerows(table)
    text = out.getvalue().encode("utf-8", "replace").decode()
    try:
        rows = read(text)
    except CsvRefused:
        return
    assert len(rows) == sum(any(field.strip() for field in row) for row in table)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(CsvRefused):
        rows = files.read(files.decode(b"email,locale\n" + raw))
        assert all(row.line > 1 for row in rows)
