"""What a network says of pictures it has never seen: which class, how surely, whether they are like any it knows."""

import msgspec

from kt_gui.schema.columns import Column
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Skipped
from kt_gui.schema.texts import Message


class Given(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A picture that is asked about: a file, a file in a zip, or one from the clipboard."""

    path: str = ""
    """The picture's file, or the zip that holds it; empty for one from the clipboard."""
    inside: str = ""
    """Its path in the zip; empty for any other."""
    content: bytes = b""
    """What was pasted: the bytes of a picture file."""
    name: str = ""
    """What a person calls what was pasted."""

    @property
    def where(self) -> str:
        """Where it lies, for people."""
        return f"{self.path}/{self.inside}" if self.inside else self.path


class Guess(msgspec.Struct, frozen=True, array_like=True):
    """A class and how likely the network takes it to be."""

    label: str
    probability: float


class Novelty(msgspec.Struct, frozen=True, kw_only=True):
    """How it is told that a picture is unlike all the network was trained on.

    The distance from a picture to its k-th nearest training picture, in the features before the head, each of length
    1; beyond the threshold lie at most 5 % of the run's validation pictures. Source: Sun et al. 2022,
    arXiv:2204.06507.
    """

    threshold: float | None = None
    """None where it cannot be told."""
    neighbour: int = 0
    """k."""
    pictures: int = 0
    """Training pictures that are compared with."""
    reason: Message | None = None
    """Why it cannot be told."""


class PredictionsBegan(Event, frozen=True, kw_only=True, tag="predictions_began"):
    """First of all: which network is asked, and how its answers are to be read."""

    run: str
    """The run's folder."""
    name: str
    checkpoint: Checkpoint
    epoch: int | None
    classes: tuple[str, ...]
    total: int
    """Pictures to be looked at."""
    temperature: float | None
    """What the logits are divided by, fitted on validation pictures; None where nothing could be fitted."""
    novelty: Novelty


class Predicted(Event, frozen=True, kw_only=True, omit_defaults=True, tag="predicted"):
    """What the network says of one picture."""

    name: str
    given: Given
    top: tuple[Guess, ...]
    """The most probable classes, the first one first."""
    distance: float | None = None
    is_unlike: bool | None = None
    """Whether it is unlike all training pictures; None where that cannot be told."""
    probabilities: Column | None = None
    """float32 [classes], where all of them were asked for."""
    thumbnail: bytes = b""
    """A small PNG, where one was asked for."""


class Unread(Event, frozen=True, kw_only=True, tag="unread"):
    """Files that are no pictures, or broken; the work goes on."""

    skipped: tuple[Skipped, ...]


class PredictionsEnded(Event, frozen=True, kw_only=True, tag="predictions_ended"):
    """Last of all, also where it was stopped half-way."""

    counts: tuple[tuple[str, int], ...]
    """Pictures by predicted class, in the order of the classes."""
    predicted: int
    unread: int
    unlike: int | None
    """None where it cannot be told."""
    stopped: bool = False


class PredictionsSaved(Event, frozen=True, kw_only=True, tag="predictions_saved"):
    """Predictions lie in a table on disk."""

    path: str
    pictures: int


class Enlarged(Event, frozen=True, kw_only=True, tag="enlarged"):
    """One picture, large, or whole."""

    given: Given
    png: bytes
    digest: str
    """Hash of the PNG."""
    original: str = ""
    """Hash of the file it was read from, of a whole picture: what a data set knows it by, if it is in one."""
