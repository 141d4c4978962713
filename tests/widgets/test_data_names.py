from pathlib import Path

import pytest

from kt_gui.schema.datasets import Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.widgets.data_names import data_at, guess_table, name_of, place_of, read_header


def test_what_is_dropped_becomes_a_data_set(tmp_path: Path) -> None:
    assert data_at(tmp_path) == ImageFolder(path=str(tmp_path))
    assert data_at(tmp_path / "moths.ZIP") == ImageArchive(path=str(tmp_path / "moths.ZIP"))
    assert isinstance(data_at(tmp_path / "moths.csv"), ImageTable)
    assert data_at(tmp_path / "notes.txt") is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_guessed_by_their_usual_names(tmp_path: Path, delimiter: str) -> None:
    table = tmp_path / "Falter ü.csv"
    table.write_text(delimiter.join(["Filename", "Species", "site", "note"]) + "\n", encoding="utf-8-sig")
    assert guess_table(table) == ImageTable(
        path=str(table), image_column="Filename", label_column="Species", group_column="site"
    )


def test_a_table_that_cannot_be_read_has_no_columns(tmp_path: Path) -> None:
    assert read_header(tmp_path / "absent.csv") == ()
    assert guess_table(tmp_path / "absent.csv") == ImageTable(path=str(tmp_path / "absent.csv"))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (Bundled(name="emoji-noto"), "Emoji as Noto draws them"),
        (Catalogued(name="cifar10"), "cifar10"),
        (ImageFolder(path="/data/moths"), "moths"),
        (ImageArchive(path="/data/moths.zip"), "moths.zip"),
    ],
)
def test_every_data_set_has_a_name_and_a_place(data: Dataset, name: str) -> None:
    assert name_of(data) == name
    assert place_of(data)
