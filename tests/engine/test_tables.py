from pathlib import Path

import pytest

from kt_gui.schema.datasets import ImageTable
from kt_gui.schema.errors import UserError
from tests.engine.picture_sets import collection_of, noise, write


def table(folder: Path, text: str, encoding: str = "utf-8", **columns: str) -> ImageTable:
    for seed in range(4):
        write(folder / "pictures" / f"{seed}.png", seed)
    (folder / "table.csv").write_bytes(text.encode(encoding))
    return ImageTable(path=str(folder / "table.csv"), **columns)


ROWS = "path,label,patient,part\n" + "".join(
    f"pictures/{n}.png,{label},p{n // 2},{part}\n"
    for n, (label, part) in enumerate([("köter", "train"), ("cat", "Train"), ("köter", "dev"), ("cat", "TEST")])
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_a_table_is_read_whatever_program_wrote_it(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = ROWS.replace(",", delimiter).replace("\n", "\r\n")
    found = collection_of(table(tmp_path, text, encoding, group_column="patient", split_column="part"))
    assert found.classes == ("cat", "köter")
    assert found.labels.tolist() == [1, 0, 1, 0]
    assert found.names == tuple(f"pictures/{n}.png" for n in range(4))
    assert found.groups == ("p0", "p0", "p1", "p1")
    assert found.given == ("train", "train", "validation", "test")
    assert found.picture(3) == noise(3)


def test_a_column_that_is_not_there_is_named_with_the_file_and_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"table\.csv has no column kind \(label_column\)") as raised:
        collection_of(table(tmp_path, ROWS, label_column="kind"))
    assert "path, label, patient, part" in raised.value.remedy


def test_a_word_that_is_no_split_is_named_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'Row 4 of .*table\.csv: "maybe" in column part'):
        collection_of(table(tmp_path, ROWS.replace("dev", "maybe"), split_column="part"))


def test_rows_without_picture_label_or_file_are_skipped_with_their_reasons(tmp_path: Path) -> None:
    text = ROWS + ",cat,p9,test\npictures/1.png,,p9,test\npictures/9.png,cat,p9,test\n\n"
    found = collection_of(table(tmp_path, text))
    assert len(found) == 4
    assert [(skipped.name, str(skipped.reason)) for skipped in found.skipped] == [
        ("Row 6", "It names no picture."),
        ("Row 7", "It has no label."),
        ("pictures/9.png", "There is no such file."),
    ]


def test_paths_may_be_absolute_or_written_under_windows(tmp_path: Path) -> None:
    text = f"path,label\n{tmp_path / 'pictures' / '0.png'},a\npictures\\1.png,b\n"
    assert collection_of(table(tmp_path, text)).picture(1) == noise(1)


def test_a_picture_without_a_group_is_a_group_of_its_own(tmp_path: Path) -> None:
    found = collection_of(table(tmp_path, ROWS.replace("p1", ""), group_column="patient"))
    assert found.groups is not None
    assert len(set(found.groups)) == 3


@pytest.mark.parametrize("text", ["", "path,label\n"])
def test_an_empty_table_is_said_to_be_empty(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"table\.csv"):
        collection_of(table(tmp_path, text))


def test_a_table_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.csv does not exist"):
        collection_of(ImageTable(path=str(tmp_path / "none.csv")))


def test_what_is_no_table_is_said_instead_of_shown_as_columns(tmp_path: Path) -> None:
    write(tmp_path / "table.png", 0)
    with pytest.raises(UserError, match=r"table\.png is not a table") as raised:
        collection_of(ImageTable(path=str(tmp_path / "table.png")))
    assert raised.value.remedy == "Choose a CSV file."


def test_a_table_that_may_not_be_read_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = table(tmp_path, ROWS)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(UserError, match=r"table\.csv cannot be read") as raised:
        collection_of(closed)
    assert raised.value.remedy.startswith("Give yourself the right")
