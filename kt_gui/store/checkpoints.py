"""Checkpoints: weights as safetensors that hold weights and nothing else, and beside them what training must remember.

All files of one checkpoint change together, whatever instant the process dies at: the new ones are written beside the
old ones, then a list of them (the commit) is made under its name in one step, then they take the old ones' places.
Where a commit is found later, its last step is done again.
"""

import hashlib
import io
import pickle
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.store.contents import (
    COMMIT,
    FOLDER,
    About,
    Contents,
    Which,
    damaged,
    look_up,
    path_of,
    place,
    read_contents,
    resolve,
)
from kt_gui.store.contents import FILE as CONTENTS
from kt_gui.store.files import disk_troubles, make_folder, sync_folder, write, write_through
from kt_gui.store.snapshots import FOLDER as EPOCHS
from kt_gui.store.snapshots import Snapshots, name_of

PROGRESS = "last.pt"
ANCHOR = "anchor.safetensors"

__all__ = [
    "CONTENTS",
    "FOLDER",
    "About",
    "Along",
    "Contents",
    "Progress",
    "Which",
    "load_progress",
    "load_weights",
    "look_up",
    "path_of",
    "read_contents",
]


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


@dataclass(frozen=True)
class Along:
    """Epochs kept along the way: which, and of those that are not written yet what differs from the source."""

    kept: Snapshots
    new: Mapping[int, Mapping[str, Tensor]]


def save_progress(run: Path, progress: Progress, best_epoch: int | None, along: Along | None = None) -> bool:
    """Write `last`, with it `best` where there is a new one, and the epochs kept along the way since the last time;
    tell whether there was a new best. Raises UserError.
    """
    contents = read_contents(run)
    about = progress.about
    best = msgspec.structs.replace(about, epoch=best_epoch)
    is_new = bool(progress.best) and contents.weights.get("best") != best
    files = {"last.safetensors": _encoded(progress.model), PROGRESS: _pickled(progress)}
    if is_new:
        files["best.safetensors"] = _encoded(progress.best)
    if contents.anchor != about.phase:
        files[ANCHOR] = _encoded(progress.anchor)
    kept = along.kept if along else contents.along
    files |= {name_of(epoch): _encoded(tensors) for epoch, tensors in (along.new if along else {}).items()}
    weights: dict[Which, About] = contents.weights | {"last": about} | ({"best": best} if is_new else {})
    changed = msgspec.structs.replace(
        contents,
        weights=weights,
        anchor=about.phase,
        history=progress.history,
        seconds=progress.seconds,
        along=kept,
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
    contents = read_contents(run)
    about, name = look_up(run, which, contents), resolve(which, contents)
    if isinstance(name, int):
        return about, _unmoved(run, contents) | _read(run, name_of(name), contents)
    return about, _read(run, f"{name}.safetensors", contents)


def _unmoved(run: Path, contents: Contents) -> dict[str, Tensor]:
    """Give the weights the last phase began with: the source's, as they were fitted to the target's picture size."""
    source = _read(run, "source.safetensors", contents) if "source" in contents.weights else {}
    return source | (_read(run, ANCHOR, contents) if contents.anchor == "finetuning" else {})


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
    _commit(run, {}, msgspec.structs.replace(contents, weights=kept, anchor=None, along=Snapshots()))
    return bool(kept)


# --- all files of a checkpoint change together -----------------------------------------------------------------------


def _commit(run: Path, files: Mapping[str, bytes], contents: Contents) -> None:
    """Change these files and the contents together. Only one process at a time may: the one that holds the run."""
    folder = run / FOLDER
    kept = {name_of(epoch) for epoch in contents.along.sizes}
    make_folder(folder / EPOCHS if kept else folder)
    finish_commit(run)
    every_sum = contents.sums | {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    sums = {name: told for name, told in every_sum.items() if not name.startswith(f"{EPOCHS}/") or name in kept}
    every = {**files, CONTENTS: msgspec.json.encode(msgspec.structs.replace(contents, sums=sums))}
    with disk_troubles(folder / PROGRESS):
        for name, content in every.items():
            write_through(folder / f"{name}.new", content)
    write(folder / COMMIT, msgspec.json.encode(list(every)))
    finish_commit(run)
    _sweep(run, contents.along)


def finish_commit(run: Path) -> None:
    """Do what a commit has begun; without one, sweep away what was never committed."""
    folder = run / FOLDER
    commit = folder / COMMIT
    with disk_troubles(commit):
        if not commit.is_file():
            for left in folder.rglob("*.new"):
                left.unlink()
            return
        names = msgspec.json.decode(commit.read_bytes(), type=list[str])
        for name in names:
            new = folder / f"{name}.new"
            if new.is_file():
                new.replace(folder / name)
        for changed in {(folder / name).parent for name in names}:
            sync_folder(changed)
        commit.unlink()


def _sweep(run: Path, kept: Snapshots) -> None:
    """Remove the epochs that are kept no longer. One that cannot be removed is in nobody's way."""
    names = {name_of(epoch) for epoch in kept.sizes}
    for path in (run / FOLDER / EPOCHS).glob("*.safetensors"):
        if f"{EPOCHS}/{path.name}" not in names:
            with suppress(OSError):
                path.unlink()


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
    path = place(run, name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise damaged(path) from error
    if hashlib.sha256(content).hexdigest() != contents.sums.get(name):
        raise damaged(path)
    return content


def _read(run: Path, name: str, contents: Contents) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load(_checked(run, name, contents))
    except SafetensorError as error:
        raise damaged(run / FOLDER / name) from error


def _unpickled(run: Path, contents: Contents) -> dict[str, Any]:
    content = _checked(run, PROGRESS, contents)
    try:
        remembered: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise damaged(run / FOLDER / PROGRESS) from error
    return remembered
