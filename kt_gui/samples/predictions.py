"""Invented answers of a network about new pictures: for pictures of pages, and their tests. Nothing was measured."""

from collections.abc import Sequence

from kt_gui.samples import CLASSES
from kt_gui.schema.events import Event, Skipped, Thumbnail
from kt_gui.schema.predictions import Given, Guess, Novelty, Predicted, PredictionsBegan, PredictionsEnded, Unread
from kt_gui.schema.texts import Message, mark

SHARES = (0.97, 0.62, 0.88, 0.41, 0.99, 0.74, 0.93)
BEGAN = PredictionsBegan(
    run="/runs/emoji",
    name="emoji",
    checkpoint="best",
    epoch=13,
    classes=CLASSES,
    total=48,
    temperature=1.32,
    novelty=Novelty(threshold=1.04, neighbour=1, pictures=195),
)


def answers(pictures: Sequence[Thumbnail]) -> list[Event]:
    """What a network says of these, and of a file that is none."""
    rows = [answer(place, picture) for place, picture in enumerate(pictures)]
    broken = Skipped(name="notes.txt", reason=Message(mark("It is not a picture of a known format.")))
    counts = tuple((name, sum(row.top[0].label == name for row in rows)) for name in CLASSES)
    unlike = sum(bool(row.is_unlike) for row in rows)
    return [
        BEGAN,
        *rows,
        Unread(skipped=(broken,)),
        PredictionsEnded(counts=counts, predicted=len(rows), unread=1, unlike=unlike),
    ]


def answer(place: int, picture: Thumbnail) -> Predicted:
    """What it says of one: every seventh is unlike all others, every fourth unsure."""
    share, first = SHARES[place % len(SHARES)], CLASSES.index(picture.label)
    rest = (0.6, 0.25, 0.1, 0.05)
    others = [Guess(CLASSES[(first + step) % len(CLASSES)], (1 - share) * part) for step, part in enumerate(rest, 1)]
    path = f"/pictures/{picture.name}.png"
    return Predicted(
        name=f"{picture.name}.png",
        given=Given(path=path),
        top=(Guess(picture.label, share), *others),
        distance=1.21 if place % 7 == 3 else 0.6 + 0.05 * (place % 5),
        is_unlike=place % 7 == 3,
        thumbnail=picture.png,
    )
