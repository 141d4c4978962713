"""Answers of surveys and lists, small and fixed, for the tests of widgets and pages that show them."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QColor, QImage

from kt_gui.schema.events import ClassCount, Duplicate, ModelCard, Problem, Skipped, Surveyed, Thumbnail
from kt_gui.schema.texts import Message

COUNTS = (
    ClassCount(name="ant", train=60, validation=20, test=20),
    ClassCount(name="bee", train=30, validation=10, test=10, unused=5),
)
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
TOO_FEW = Problem(
    message=Message("Class {name} has 1 picture; at least {fewest} are needed.", {"name": "moth", "fewest": 5}),
    remedy=Message("Add pictures to the class, or leave it out."),
    blocking=True,
)
ALIKE = Problem(message=Message("Classes Cat and cat differ only in small and capital letters."), remedy=Message(""))
SKIPPED = Skipped(name="ant/7.png", reason=Message("It is not a picture of a known format."))
TWICE = Duplicate(first="ant/1.png", first_split="train", second="ant/2.png", second_split="test")


def png(colour: str = "red") -> bytes:
    """A picture of eight by eight pixels."""
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(kept.data())


def thumbnails(count: int) -> tuple[Thumbnail, ...]:
    """Pictures of ants, one split after the other."""
    splits = ("train", "validation", "test", "unused")
    data = png()
    return tuple(Thumbnail(png=data, label="ant", name=f"ant/{n}.png", split=splits[n % 4]) for n in range(count))


def surveyed(**changes: object) -> Surveyed:
    """A survey of ants and bees."""
    usual: dict[str, object] = {"title": "insects", "pictures": 155, "classes": COUNTS, "thumbnails": thumbnails(8)}
    return Surveyed(**{**usual, **changes})  # type: ignore[arg-type]


def model(name: str, **changes: object) -> ModelCard:
    """A network of timm that is to be downloaded."""
    usual: dict[str, object] = {
        "family": "timm",
        "title": name,
        "parameters": 1_000_000,
        "size": 4_000_000,
        "image_size": 224,
        "accuracy": 0.7,
        "licence": "Apache-2.0",
        "status": "download",
    }
    return ModelCard(name=name, **{**usual, **changes})  # type: ignore[arg-type]
