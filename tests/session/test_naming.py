from pathlib import Path

import pytest

from kt_gui.schema.datasets import Bundled, Catalogued, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.session.naming import data_at, data_named, guess_table, read_header


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


def test_a_text_names_a_data_set(tmp_path: Path) -> None:
    assert data_named(str(tmp_path)) == ImageFolder(path=str(tmp_path))
    assert data_named("emoji-noto") == Bundled(name="emoji-noto")
    assert data_named("cifar10") == Catalogued(name="cifar10")


@pytest.mark.parametrize("text", ["no/such/folder", "emoji", ""])
def test_a_text_that_names_none_is_refused_with_a_remedy(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="emoji-noto") if text else pytest.raises(UserError):
        data_named(text or "notes.txt")
