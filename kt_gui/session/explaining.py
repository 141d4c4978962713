"""What a run's network looks at, in pictures of its data or in new ones, beside what it looked at before it learnt."""

import io
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.columns import pack
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Noticed, Progressed
from kt_gui.schema.insights import Explained, Method, Question
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import Message, mark, tr
from kt_gui.session import plotting
from kt_gui.session.opening import Opened, open_run, read_dealt, source_beside
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from torch import Tensor

    from kt_gui.engine.backbones import Network
    from kt_gui.engine.explaining import Heat, Means
    from kt_gui.engine.images import Collection
    from kt_gui.engine.loading import View
    from kt_gui.engine.sizing import Pictures

ROOM = 2**28
"""Bytes that decoding one picture may take; only how many are read at once depends on it."""

Asked = int | Path | bytes
"""A picture: an index into the run's target data, a file, or the bytes of one."""


@dataclass(frozen=True)
class Named:
    """A picture that was read, and what is known of it."""

    name: str
    pixels: "Pictures"
    """As the networks get it: uint8 [3, s, s]."""
    index: int | None = None
    path: str | None = None
    label: str = ""


@dataclass(frozen=True)
class Witness:
    """A network, and how it is asked."""

    network: "Network"
    means: "Means"


@dataclass(frozen=True)
class Look:
    """One picture as one network gets it, and what it says of it."""

    pixels: "Pictures"
    shown: "Tensor"
    """float32 [1, 3, s, s], normalised, on the network's device."""
    probabilities: list[float]

    @property
    def surest(self) -> int:
        """The class it is surest of."""
        return max(range(len(self.probabilities)), key=self.probabilities.__getitem__)


@dataclass(frozen=True)
class Answer:
    """What a network looks at, and for which class; None where it was not asked for one."""

    png: bytes
    heat: "Heat"
    target: str = ""
    probability: float | None = None


def explain(
    folder: Path,
    pictures: Sequence[Asked],
    checkpoint: Checkpoint,
    stop: StopToken,
    home: Home,
    *,
    method: Method = "auto",
    target: str | None = None,
    with_source: bool = True,
) -> Generator[Event, None, None]:
    """Explain the class that the network says, or `target`: one `Explained` a picture.

    A picture that cannot be read is told of by a `Noticed`, and left out. Raises UserError, Stopped.
    """
    plotting.settle(home)
    opened = open_run(folder, checkpoint)
    after = _witness(opened.network, method)
    before = source_witness(opened, method) if with_source else None
    wanted = None if target is None else _class_index(opened.network, target)
    collection = yield from _collection(folder, pictures, home, stop)
    for done, asked in enumerate(pictures):
        if stop.requested():
            raise Stopped
        yield Progressed(activity="preparing", done=done, total=len(pictures))
        read = _read(asked, collection, after.network.view)
        if isinstance(read, Noticed):
            yield read
        else:
            yield _explain(read, after, before, wanted, stop)
    yield Progressed(activity="preparing", done=len(pictures), total=len(pictures))


def source_witness(opened: Opened, method: Method = "auto") -> Witness | None:
    """Bring the network that a run started from beside it; None where it started from random weights."""
    network = source_beside(opened)
    return None if network is None else _witness(network, method)


def _witness(network: "Network", method: Method) -> Witness:
    from kt_gui.engine import explaining

    return Witness(network, explaining.choose(network, method))


def _class_index(network: "Network", name: str) -> int:
    if name not in network.classes:
        raise UserError(
            tr("The network knows no class {name} (target).", name=name),
            tr("Choose among its classes: {classes}.", classes=", ".join(network.classes)),
        )
    return network.classes.index(name)


# --- pictures --------------------------------------------------------------------------------------------------------


def _collection(
    folder: Path, pictures: Sequence[Asked], home: Home, stop: StopToken
) -> Generator[Event, None, "Collection | None"]:
    """Read the run's data where a picture of it is asked for. Raises UserError for one that it does not have."""
    indexes = [asked for asked in pictures if isinstance(asked, int)]
    if not indexes:
        return None
    dealt = yield from read_dealt(folder, "target", home, stop)
    count = len(dealt.collection)
    wrong = next((index for index in indexes if not 0 <= index < count), None)
    if wrong is not None:
        raise UserError(
            tr("{data} has no picture {index} (index).", data=dealt.collection.title, index=wrong),
            tr("Choose a number from 0 to {last}.", last=count - 1),
        )
    return dealt.collection


def _read(asked: Asked, collection: "Collection | None", view: "View") -> Named | Noticed:
    """Read a picture, of a large file no more than is needed; one of the data exactly as the run read it."""
    import numpy as np

    from kt_gui.engine.decoding import Unusable, decode, opening
    from kt_gui.engine.sizing import fit, fitted

    try:
        match asked:
            case bytes():
                return Named("", fit(decode(lambda: io.BytesIO(asked), view.side), view))
            case Path():
                return Named(asked.name, fit(decode(opening(asked), view.side), view), path=str(asked))
            case int():
                assert collection is not None
                label = collection.classes[int(collection.labels[asked])]
                (pixels,) = next(fitted(collection, np.array([asked]), view, ROOM))
                return Named(collection.names[asked], pixels, index=asked, label=label)
    except Unusable as error:
        named = {"name": str(asked)} if isinstance(asked, Path) else {}
        text = mark("{name} is left out: {reason}") if named else mark("A picture is left out: {reason}")
        return Noticed(level="warning", message=Message(text, {**named, "reason": str(error.reason)}))
    except UserError as error:
        return Noticed(level="warning", message=Message(error.message), remedy=Message(error.remedy))


# --- answers ---------------------------------------------------------------------------------------------------------


def _explain(read: Named, after: Witness, before: Witness | None, wanted: int | None, stop: StopToken) -> Explained:
    from kt_gui.engine import overlays

    look = _look(after, read.pixels)
    answer = _ask(after, look, look.surest if wanted is None else wanted, stop)
    question, old = _ask_source(before, read.pixels, answer.target, stop) if before else (None, None)
    return Explained(
        name=read.name,
        index=read.index,
        path=read.path,
        label=read.label,
        picture=overlays.plain(look.pixels),
        after=answer.png,
        after_map=pack(answer.heat),
        before=old.png if old else None,
        before_map=pack(old.heat) if old else None,
        target=answer.target,
        probability=look.probabilities[after.network.classes.index(answer.target)],
        predicted=after.network.classes[look.surest],
        confidence=look.probabilities[look.surest],
        before_target=old.target if old else "",
        before_probability=old.probability if old else None,
        question=question,
        method=after.means.method,
        before_method=before.means.method if before else None,
        words=(_how(after.means, answer.target), _asked(question, old.target if old else "")),
    )


def _ask_source(before: Witness, pixels: "Pictures", target: str, stop: StopToken) -> tuple[Question, Answer]:
    """Ask the pretrained network for the same class where it knows it, else for what its head can be asked for."""
    look, classes = _look(before, pixels), before.network.classes
    if target in classes:
        return "same", _ask(before, look, classes.index(target), stop)
    if len(classes) > 1:
        return "own", _ask(before, look, look.surest, stop)
    return "response", _ask(before, look, None, stop)


def _look(witness: Witness, pixels: "Pictures") -> Look:
    import torch

    from kt_gui.engine.evaluation import not_finite
    from kt_gui.engine.loading import AS_IS, Portion

    network = witness.network
    device = next(network.module.parameters()).device
    first = torch.zeros(1, dtype=torch.int64, device=device)
    whole = torch.tensor(pixels[None], device=device)
    shown = Portion(first, network.view, lambda _: whole, resident=True).look(first, AS_IS)
    with torch.no_grad():
        logits = network.module(shown)[0].double()
    if not logits.isfinite().all():
        raise not_finite()
    return Look(pixels, shown, logits.softmax(0).tolist())


def _ask(witness: Witness, look: Look, target: int | None, stop: StopToken) -> Answer:
    from kt_gui.engine import explaining, overlays

    found = explaining.attribute(witness.network, look.shown, target, witness.means, stop)
    heat = explaining.normalise(found, witness.means.method)
    png = overlays.overlay(look.pixels, heat)
    if target is None:
        return Answer(png, heat)
    return Answer(png, heat, witness.network.classes[target], look.probabilities[target])


# --- words -----------------------------------------------------------------------------------------------------------


def _how(means: "Means", target: str) -> Message:
    if means.method == "grad-cam":
        return Message(
            mark("Grad-CAM on a map of {side} × {side} places ({layer}): what raises the score of “{target}”."),
            {"side": means.side, "layer": means.layer, "target": target},
        )
    return Message(
        mark("Integrated gradients from a plain picture, blurred a little: what raises the score of “{target}”."),
        {"target": target},
    )


def _asked(question: Question | None, target: str) -> Message:
    match question:
        case "same":
            return Message(mark("Before, the network was asked for the same class."))
        case "own":
            text = mark(
                "Before, the network told other classes apart: it was asked for the one it was surest of, “{target}”."
            )
            return Message(text, {"target": target})
        case "response":
            return Message(
                mark("What the network told apart before is not known: it was asked where its features respond most.")
            )
        case None:
            return Message(
                mark("There is no network from before: it was left out, or this run began with random weights.")
            )
