from pathlib import Path

import pytest

from kt_gui.schema.columns import Column
from kt_gui.schema.errors import UserError
from kt_gui.schema.insights import Explained
from kt_gui.store.drawings import save_drawings


def explained(name: str, before: bytes | None = b"before") -> Explained:
    return Explained(
        name=name,
        picture=b"picture",
        after=b"after",
        after_map=Column("float32", (0, 0), b""),
        before=before,
        target="a",
        probability=0.5,
        predicted="a",
        confidence=0.5,
        method="grad-cam",
    )


def test_each_picture_is_a_file_of_its_own(tmp_path: Path) -> None:
    written = save_drawings(tmp_path / "new" / "folder", 7, explained("ants/one.webp"))
    assert {kind: path.read_bytes() for kind, path in written.items()} == {
        "picture": b"picture",
        "before": b"before",
        "after": b"after",
    }
    assert written["after"].name == "0007-one-after.png"


def test_without_a_before_there_is_no_file_of_it(tmp_path: Path) -> None:
    assert set(save_drawings(tmp_path, 0, explained("one", None))) == {"picture", "after"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "a:b*c?.png", "", "大 小.png", "x" * 400, "..", "a\\b.png"])
def test_whatever_a_picture_is_called_its_files_lie_in_the_folder(tmp_path: Path, name: str) -> None:
    for path in save_drawings(tmp_path, 1, explained(name)).values():
        assert path.parent == tmp_path
        assert path.is_file()
        assert not set(path.name) & set('/\\:*?"<>|')


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError, match="a file is in its place"):
        save_drawings(tmp_path / "taken", 0, explained("one"))
