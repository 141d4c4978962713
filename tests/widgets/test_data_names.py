import pytest

from kt_gui.schema.datasets import Bundled, Catalogued, Dataset, ImageArchive, ImageFolder
from kt_gui.widgets.data_names import name_of, place_of


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
