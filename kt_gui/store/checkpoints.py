"""Checkpoints: weights as safetensors that hold weights and nothing else, and beside them what training must remember.

All files of one checkpoint change together, whatever instant the process dies at: the new ones are written beside the
old ones, then a list of them (the commit) is made under its name in one step, then they take the old ones' places.
Where a commit is found later, its last step is done again.
"""

import hashlib
import io
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Phase
from kt_gui.schema.texts import tr
from kt_gui.store.files import disk_troubles, make_folder, sync_folder, write, write_through

FOLDER = "checkpoints"
CONTENTS = "contents.json"
COMMIT = "commit.json"
PROGRESS = "last.pt"
ANCHOR = "anchor.safetensors"

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


@dataclass(frozen=True)
class Progress:
    """All that training needs to go on: where it stood, and its state."""

    about: About
    history: int
    seconds: float
    model: Mapping[str, Tensor]
    best: Mapping[str, Tensor]
    """Empty before the first epoch has ended."""
    anchor: Mapping[str, Tensor]
    optimiser: dict[str, Any]
    numbers: dict[str, int | float | bool | None]


def path_of(run: Path, which: Which) -> Path:
    """Tell where a set of weights lies."""
    return run / FOLDER / f"{which}.safetensors"


def save_progress(run: Path, progress: Progress, best_epoch: int | None) -> bool:
    """Write `last`, and with it `best` where there is a new one; tell whether there was. Raises UserError."""
    contents = read_contents(run)
    about = progress.about
    best = msgspec.structs.replace(about, epoch=best_epoch)
    is_new = bool(progress.best) and contents.weights.get("best") != best
    files = {"last.safetensors": _encoded(progress.model), PROGRESS: _pickled(progress)}
    if is_new:
        files["best.safetensors"] = _encoded(progress.best)
    if contents.anchor != about.phase:
        files[ANCHOR] = _encoded(progress.anchor)
    weights: dict[Which, About] = contents.weights | {"last": about} | ({"best": best} if is_new else {})
    changed = msgspec.structs.replace(
        contents, weights=weights, anchor=about.phase, history=progress.history, seconds=progress.seconds
    )
    _commit(run, files, changed)
    return is_new


def save_source(run: Path, about: About, weights: Mapping[str, Tensor], history: int, seconds: float) -> None:
    """Write the weights a transfer starts from. Raises UserError."""
    contents = read_contents(run)
    every: dict[Which, About] = {**contents.weights, "source": about}
    changed = msgspec.structs.replace(contents, weights=every, history=history, seconds=seconds)
    _commit(run, {"source.safetensors": _encoded(weights)}, changed)


def load_progress(run: Path) -> Progress | None:
    """Read what training needs to go on; None where nothing was saved yet. Raises UserError where it is damaged."""
    finish_commit(run)
    contents = read_contents(run)
    about = contents.weights.get("last")
    if about is None:
        return None
    best = contents.weights.get("best")
    has_best = best is not None and best.phase == about.phase
    remembered = _unpickled(run, contents)
    return Progress(
        about=about,
        history=contents.history,
        seconds=contents.seconds,
        model=_read(run, "last.safetensors", contents),
        best=_read(run, "best.safetensors", contents) if has_best else {},
        anchor=_read(run, ANCHOR, contents),
        optimiser=remembered["optimiser"],
        numbers=remembered["numbers"],
    )


def load_weights(run: Path, which: Checkpoint) -> tuple[About, dict[str, Tensor]]:
    """Read one set of weights, also of a run that is at work. Raises UserError where it is missing or damaged."""
    try:
        return _load_weights(run, which)
    except UserError:
        return _load_weights(run, which)  # the run at work may have been about to change them


def _load_weights(run: Path, which: Checkpoint) -> tuple[About, dict[str, Tensor]]:
    if isinstance(which, int):
        raise NotImplementedError  # slice E: epochs kept along the way
    contents = read_contents(run)
    return look_up(run, which, contents), _read(run, f"{which}.safetensors", contents)


def look_up(run: Path, which: Which, contents: Contents | None = None) -> About:
    """Tell what a set of weights is, without reading it. Raises UserError where it is missing."""
    about = (contents or read_contents(run)).weights.get(which)
    if about is None:
        raise UserError(
            tr("The run has no checkpoint “{which}” ({folder}).", which=which, folder=str(run / FOLDER)),
            tr("Choose another checkpoint, or resume the run first."),
        )
    return about


def check_source(run: Path) -> None:
    """Make sure that the source, where the run has come so far, is whole. Raises UserError."""
    if "source" in read_contents(run).weights:
        load_weights(run, "source")


def begin_anew(run: Path) -> bool:
    """Forget all but the source, so that its phase begins anew; tell whether the source is there."""
    finish_commit(run)
    kept: dict[Which, About] = {}
    contents = Contents()
    try:
        kept["source"] = load_weights(run, "source")[0]
        contents = read_contents(run)
    except UserError:
        kept.clear()
    _commit(run, {}, msgspec.structs.replace(contents, weights=kept, anchor=None))
    return bool(kept)


def read_contents(run: Path) -> Contents:
    """Read what lies in the folder of checkpoints. Raises UserError where that is damaged."""
    path = _place(run, CONTENTS)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Contents)
    except FileNotFoundError:
        return Contents()
    except msgspec.DecodeError as error:
        raise _damaged(path) from error


# --- all files of a checkpoint change together -----------------------------------------------------------------------


def _commit(run: Path, files: Mapping[str, bytes], contents: Contents) -> None:
    """Change these files and the contents together. Only one process at a time may: the one that holds the run."""
    folder = run / FOLDER
    make_folder(folder)
    finish_commit(run)
    sums = contents.sums | {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    every = {**files, CONTENTS: msgspec.json.encode(msgspec.structs.replace(contents, sums=sums))}
    with disk_troubles(folder / PROGRESS):
        for name, content in every.items():
            write_through(folder / f"{name}.new", content)
    write(folder / COMMIT, msgspec.json.encode(list(every)))
    finish_commit(run)


def finish_commit(run: Path) -> None:
    """Do what a commit has begun; without one, sweep away what was never committed."""
    folder = run / FOLDER
    commit = folder / COMMIT
    with disk_troubles(commit):
        if not commit.is_file():
            for left in folder.glob("*.new"):
                left.unlink()
            return
        for name in msgspec.json.decode(commit.read_bytes(), type=list[str]):
            new = folder / f"{name}.new"
            if new.is_file():
                new.replace(folder / name)
        sync_folder(folder)
        commit.unlink()


def _place(run: Path, name: str) -> Path:
    """Tell where a file lies: of one that is committed, but not yet in its place, beside it."""
    folder = run / FOLDER
    new = folder / f"{name}.new"
    return new if (folder / COMMIT).is_file() and new.is_file() else folder / name


# --- the files -------------------------------------------------------------------------------------------------------


def _encoded(tensors: Mapping[str, Tensor]) -> bytes:
    return safetensors.torch.save(dict(tensors))


def _pickled(progress: Progress) -> bytes:
    return pickled({"optimiser": progress.optimiser, "numbers": progress.numbers})


def pickled(content: Mapping[str, Any]) -> bytes:
    """Give the bytes of a file that `torch.load(..., weights_only=True)` reads: tensors, numbers, texts."""
    out = io.BytesIO()
    torch.save(content, out)
    return out.getvalue()


def _checked(run: Path, name: str, contents: Contents) -> bytes:
    path = _place(run, name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(path) from error
    if hashlib.sha256(content).hexdigest() != contents.sums.get(name):
        raise _damaged(path)
    return content


def _read(run: Path, name: str, contents: Contents) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(_checked(run, name, contents))
    except SafetensorError as error:
        raise _damaged(run / FOLDER / name) from error


def _unpickled(run: Path, contents: Contents) -> dict[str, Any]:
    content = _checked(run, PROGRESS, contents)
    try:
        remembered: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise _damaged(run / FOLDER / PROGRESS) from error
    return remembered


def _damaged(path: Path) -> UserError:
    return UserError(
        tr("The checkpoint {file} is damaged or missing.", file=str(path)),
        tr("Put it back from a copy, choose another checkpoint of this run, or run the experiment again."),
    )
