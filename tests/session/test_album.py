import csv
import io
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image

from kt_gui import session
from kt_gui.schema.datasets import Bundled, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Glimpsed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import album, shelf
from kt_gui.store.folders import Home


@pytest.fixture
def data(tmp_path: Path) -> ImageFolder:
    """Twenty pictures, each of one grey: its number."""
    for number in range(20):
        folder = tmp_path / "greys" / ("dark" if number < 10 else "light")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((40, 60), number, np.uint8)).save(folder / f"{number:02}.png")
    return ImageFolder(path=str(tmp_path / "greys"))


def glimpse(
    data: ImageFolder,
    place: Home,
    indexes: Sequence[int],
    side: int = 30,
    run: str = "run",
    stop: StopToken | None = None,
) -> dict[int, bytes]:
    events = list(session.thumbnails(Path(run), "target", indexes, side, stop or StopToken(), place, data=data))
    glimpsed = [event for event in events if isinstance(event, Glimpsed)]
    assert [index for event in glimpsed for index in event.indexes] == list(indexes)
    return {index: png for event in glimpsed for index, png in zip(event.indexes, event.pngs, strict=True)}


def grey(png: bytes) -> int:
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
    assert pixels.shape == (20, 30)
    return int(pixels[0, 0])


def test_pictures_come_small_in_the_order_that_was_asked_for(data: ImageFolder, place: Home) -> None:
    wanted = [17, 3, 4, *range(5, 15)]
    found = glimpse(data, place, wanted)
    assert [grey(found[index]) for index in wanted] == wanted


def test_they_come_in_small_portions(data: ImageFolder, place: Home) -> None:
    events = session.thumbnails(Path("run"), "target", range(20), 8, StopToken(), place, data=data)
    sizes = [len(event.pngs) for event in events if isinstance(event, Glimpsed)]
    assert sizes == [8, 8, 4]


def test_a_picture_that_has_gone_is_empty_and_the_others_are_not(data: ImageFolder, place: Home) -> None:
    glimpse(data, place, [0])
    (Path(data.path) / "dark" / "02.png").unlink()
    (Path(data.path) / "dark" / "03.png").write_bytes(b"no picture")
    found = glimpse(data, place, [1, 2, 3, 4, 99])
    assert [bool(found[index]) for index in (1, 2, 3, 4, 99)] == [True, False, False, True, False]


def test_files_are_not_looked_at_again_for_each_screenful(data: ImageFolder, place: Home) -> None:
    glimpse(data, place, [0], run="held")
    with patch.object(shelf, "read", side_effect=AssertionError("the set was read again")):
        assert grey(glimpse(data, place, [11], run="held")[11]) == 11
        with pytest.raises(AssertionError):
            glimpse(data, place, [11], run="another run")


def test_after_a_while_they_are(data: ImageFolder, place: Home) -> None:
    glimpse(data, place, [0])
    (Path(data.path) / "dark" / "00.png").unlink()
    with patch.object(album, "HELD_S", 0.0):
        assert grey(glimpse(data, place, [0])[0]) == 1


def test_it_can_be_stopped(data: ImageFolder, place: Home) -> None:
    stop = StopToken()
    glimpse(data, place, [0])
    stop.stop()
    with pytest.raises(Stopped):
        glimpse(data, place, range(20), stop=stop)


def test_a_set_that_has_gone_is_said(place: Home, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        glimpse(ImageFolder(path=str(tmp_path / "nowhere")), place, [0])


def test_a_picture_of_a_folder_has_a_file(data: ImageFolder) -> None:
    assert session.file_of(data, "dark/02.png") == Path(data.path) / "dark" / "02.png"
    assert session.file_of(data, "dark/99.png") is None


def test_a_picture_of_a_table_has_a_file_beside_it(data: ImageFolder, tmp_path: Path) -> None:
    with (tmp_path / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "label"), ("greys/dark/02.png", "dark")])
    table = ImageTable(path=str(tmp_path / "table.csv"))
    assert session.file_of(table, "greys/dark/02.png") == tmp_path / "greys" / "dark" / "02.png"


def test_a_picture_that_comes_along_has_no_file() -> None:
    assert session.file_of(Bundled(name="fashion"), "bag 1") is None
