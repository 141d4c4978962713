"""What a network looks at in a picture, and where it puts pictures among each other."""

from typing import Literal

import msgspec

from kt_gui.schema.columns import Column
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event
from kt_gui.schema.texts import Message

Way = Literal["grad-cam", "integrated-gradients"]
"""How a network is asked what it looks at."""

Method = Literal["auto", "grad-cam", "integrated-gradients"]
"""The same, or the one that suits the network: Grad-CAM where it keeps a map of places, else integrated gradients."""

Question = Literal["same", "own", "response"]
"""What the pretrained network was asked: for the same class; for the class of its own that it is surest of; or, where
nobody knows what its head tells apart, how strongly its features respond.
"""

Projection = Literal["pca", "tsne"]
"""How many numbers a picture become a place on a map."""

NOTHING = -1
"""In place of a class, where a network has none of the map's to say."""

Side = Literal["before", "after"]
"""The pretrained network, or the fine-tuned one."""

Split = Literal["test", "validation", "train"]


class Explained(Event, frozen=True, kw_only=True, tag="explained"):
    """What in one picture speaks for a class, for the fine-tuned network and for the pretrained one."""

    name: str
    index: int | None = None
    """Into the run's target data; None for a new picture."""
    path: str | None = None
    label: str = ""
    """The class it is filed under; empty for a new picture."""
    picture: bytes
    """As the network sees it, without colours over it: PNG."""
    after: bytes
    """The picture with what the fine-tuned network looks at: PNG."""
    after_map: Column
    """float32 [h, w] from 0 to 1, the same as numbers."""
    before: bytes | None = None
    """The same for the pretrained network; None where there is none."""
    before_map: Column | None = None
    target: str
    """The class explained."""
    probability: float
    """What the fine-tuned network gives it."""
    predicted: str
    confidence: float
    """What it says, and how sure it is."""
    before_target: str = ""
    """The class explained of the pretrained network; empty where that is no class."""
    before_probability: float | None = None
    question: Question | None = None
    """What the pretrained network was asked; None where there is none."""
    method: Way
    before_method: Way | None = None
    words: tuple[Message, ...] = ()
    """How this was found, and what was asked of the pretrained network."""


class Neighbourhood(msgspec.Struct, frozen=True, kw_only=True):
    """How well the classes lie apart among a network's features. None where a number has no meaning."""

    purity: float | None
    """Share of a picture's nearest neighbours that are of its class, mean over all pictures."""
    silhouette: float | None
    """Mean silhouette (Rousseeuw 1987), from −1 to 1: distance to the nearest other class against the own class."""


class Embedded(Event, frozen=True, kw_only=True, tag="embedded"):
    """Where a network puts pictures: those that it finds alike lie close together."""

    run: str
    """The run's folder."""
    checkpoint: Checkpoint
    method: Projection
    part: Split
    classes: tuple[str, ...]
    total: int
    """Pictures of this part; more than there are points where only some of each class were taken."""
    names: tuple[str, ...]
    digests: tuple[str, ...]
    indexes: Column
    """int64 [n], into the data set as it was read."""
    labels: Column
    """int64 [n], into `classes`."""
    predicted: Column
    """int64 [n], into `classes`; −1 where the network's head tells other classes apart."""
    confidences: Column
    """float32 [n], the probability of what was predicted."""
    after: Column
    """float32 [n, 2], about 0, at a distance of 1 from it in the mean square."""
    before: Column | None
    """The same of the pretrained network, turned so that it lies as close to `after` as can be; None without one."""
    variance_after: tuple[float, float] | None = None
    """Of PCA: the share of all variance that each axis holds."""
    variance_before: tuple[float, float] | None = None
    neighbours: int
    """How many nearest pictures `purity` looks at; 0 where there are too few pictures."""
    chance: float | None
    """What the purity would be if places had nothing to do with classes."""
    apart_after: Neighbourhood
    apart_before: Neighbourhood | None
