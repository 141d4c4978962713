"""What lies in a run's folder of checkpoints, known without reading weights: what each is, and the sums of all files.

It knows nothing of torch, so that a window and a terminal can list what there is at once.
"""

from pathlib import Path
from typing import Literal

import msgspec

from kt_gui.schema.checkpoints import Saved
from kt_gui.schema.codec import UNDECODABLE
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Phase
from kt_gui.schema.texts import tr
from kt_gui.store.snapshots import Snapshots, name_of

FOLDER = "checkpoints"
FILE = "contents.json"
COMMIT = "commit.json"

Which = Literal["best", "last", "source"]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of weights is: whose, for what, from when."""

    phase: Phase
    epoch: int | None
    """The epoch, from 0, that it ended or is in; None before the first, and where nobody counted."""
    network: str
    classes: tuple[str, ...]
    """What its head tells apart."""
    image_size: int


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the folder: what each set of weights is, and the sums of all files."""

    weights: dict[Which, About] = {}
    anchor: Phase | None = None
    history: int = 0
    """Bytes of the history that were written when this was saved."""
    seconds: float = 0.0
    """What the run had taken by then."""
    sums: dict[str, str] = {}
    """sha256 by file name."""
    along: Snapshots = Snapshots()
    """Epochs of the last phase that were kept along the way."""


def path_of(run: Path, which: Checkpoint) -> Path:
    """Tell where a set of weights lies."""
    return run / FOLDER / (name_of(which) if isinstance(which, int) else f"{which}.safetensors")


def read_contents(run: Path) -> Contents:
    """Read what lies in the folder of checkpoints. Raises UserError where that is damaged."""
    path = place(run, FILE)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Contents)
    except FileNotFoundError:
        return Contents()
    except UNDECODABLE as error:
        raise damaged(path) from error


def look_up(run: Path, which: Checkpoint, contents: Contents | None = None) -> About:
    """Tell what a set of weights is, without reading it. Raises UserError where it is missing."""
    known = contents or read_contents(run)
    name = resolve(which, known)
    if isinstance(name, int) and name in known.along.sizes:
        return msgspec.structs.replace(known.weights["last"], epoch=name)
    if not isinstance(name, int) and name in known.weights:
        return known.weights[name]
    if isinstance(which, int):
        epochs = ", ".join(str(each.epoch + 1) for each in _saved(known) if each.epoch is not None)
        raise UserError(
            tr("The weights of epoch {epoch} were not kept ({folder}).", epoch=which + 1, folder=str(run / FOLDER)),
            tr("Choose one of those that were: {epochs}.", epochs=epochs or "–"),
        )
    raise UserError(
        tr("The run has no checkpoint “{which}” ({folder}).", which=which, folder=str(run / FOLDER)),
        tr("Choose another checkpoint, or resume the run first."),
    )


def resolve(which: Checkpoint, contents: Contents) -> Checkpoint:
    """Name the weights of an epoch by what they lie under: the best's and the last's are kept anyway."""
    if not isinstance(which, int) or which in contents.along.sizes:
        return which
    for name in ("best", "last"):
        about = contents.weights.get(name)
        if about is not None and about.phase == "finetuning" and about.epoch == which:
            return name
    return which


def sum_of(run: Path, which: Checkpoint) -> str:
    """Tell a set of weights from all others, without reading it; empty where there is none. Raises UserError."""
    contents = read_contents(run)
    which = resolve(which, contents)
    if isinstance(which, int):
        return contents.sums.get(name_of(which), "") + contents.sums.get("source.safetensors", "")
    return contents.sums.get(f"{which}.safetensors", "")


def saved(run: Path) -> tuple[Saved, ...]:
    """List what can be looked at, from what the last phase started from to its last epoch. Raises UserError."""
    return _saved(read_contents(run))


def _saved(contents: Contents) -> tuple[Saved, ...]:
    """An epoch that is the best or the last one is listed under that name; one that is both, as the best."""
    source = [Saved(checkpoint="source", epoch=None)] if "source" in contents.weights else []
    found: dict[int, Checkpoint] = {epoch: epoch for epoch in contents.along.sizes}
    for name in ("last", "best"):
        about = contents.weights.get(name)
        if about is not None and about.phase == "finetuning" and about.epoch is not None:
            found[about.epoch] = name
    return (*source, *(Saved(checkpoint=found[epoch], epoch=epoch) for epoch in sorted(found)))


def place(run: Path, name: str) -> Path:
    """Tell where a file lies: of one that is committed, but not yet in its place, beside it."""
    folder = run / FOLDER
    new = folder / f"{name}.new"
    return new if (folder / COMMIT).is_file() and new.is_file() else folder / name


def damaged(path: Path) -> UserError:
    """Say that a file of a checkpoint is not what was saved."""
    return UserError(
        tr("The checkpoint {file} is damaged or missing.", file=str(path)),
        tr("Put it back from a copy, choose another checkpoint of this run, or run the experiment again."),
    )
