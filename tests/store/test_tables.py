"""Tables that a person saves."""

import csv
from contextlib import suppress
from pathlib import Path

import pytest

from kt_gui.schema.errors import UserError
from kt_gui.store.tables import Table


def test_a_table_reads_back_whatever_stands_in_it(tmp_path: Path) -> None:
    rows = [("name", "a,b"), ("蜜蜂.png", 'says "x"'), ("line\nend", "\udcff")]
    with Table(tmp_path / "表.csv", overwrite=False) as table:
        for row in rows:
            table.write(row)
    with (tmp_path / "表.csv").open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)] == [*rows[:2], ("line\nend", "\\udcff")]
    assert table.rows == 3
    assert [path.name for path in tmp_path.iterdir()] == ["表.csv"]


def test_a_file_that_is_there_is_kept_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "kept.csv"
    path.write_text("mine")
    with pytest.raises(UserError, match="already"):
        Table(path, overwrite=False)
    assert path.read_text() == "mine"
    with Table(path, overwrite=True) as table:
        table.write(("new",))
    assert path.read_text() == "new\n"


def test_a_table_that_was_broken_off_leaves_nothing_and_keeps_the_former_one(tmp_path: Path) -> None:
    path = tmp_path / "kept.csv"
    path.write_text("mine")
    with suppress(RuntimeError), Table(path, overwrite=True) as table:
        table.write(("half",))
        raise RuntimeError
    assert path.read_text() == "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["kept.csv"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be written"):
        Table(tmp_path / "nowhere" / "a.csv", overwrite=False)


def test_a_name_with_any_end_of_line_reads_back(tmp_path: Path) -> None:
    row = ("mac\rold", "dos\r\n", "plain")
    with Table(tmp_path / "a.csv", overwrite=False) as table:
        table.write(row)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert [tuple(each) for each in csv.reader(file)] == [row]


def test_two_who_write_the_same_table_each_write_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with Table(path, overwrite=True) as first:
        first.write(("first",))
        with Table(path, overwrite=True) as second:
            second.write(("second, and longer",))
        assert path.read_text() == '"second, and longer"\n'
    assert path.read_text() == "first\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "-a.png"])
def test_no_name_is_a_formula_to_a_spreadsheet(tmp_path: Path, cell: str) -> None:
    with Table(tmp_path / "a.csv", overwrite=False) as table:
        table.write((cell, "a=b"))
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == [f"'{cell}", "a=b"]


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    row = ["-0.25", "+1", "-1e-05", "-inf", "nan", ""]
    with Table(tmp_path / "a.csv", overwrite=False) as table:
        table.write(row)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == row
