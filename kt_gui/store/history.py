"""The history of a run: its events, one line of JSON each. A run is replayed from it."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from kt_gui.schema.codec import UNDECODABLE, decode_event, decode_events, encode_event
from kt_gui.schema.events import EpochEnded, Event, FeaturesKept, Phase, PhaseStarted, Progressed
from kt_gui.store.files import disk_troubles

FILE = "history.jsonl"
EPOCH = b'"epoch_ended"'
"""Stands in every line that tells of an epoch's end, and in no line of a step."""
FEATURES = b'"features'
"""Stands in every line that tells of features: that they are computed, and that they are."""
BLOCK = 1 << 16
"""Bytes that are read at once, in whole lines."""


class History:
    """Appends to the history of a run. Close it when the run ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        with disk_troubles(self._path):
            self._file: BinaryIO = self._path.open("ab")

    def append(self, event: Event) -> None:
        """Write one event, at once. Raises UserError where the disk is full."""
        with disk_troubles(self._path):
            self._file.write(encode_event(event) + b"\n")
            self._file.flush()

    def sync(self) -> int:
        """Wait until the disk has all of it; give its length in bytes."""
        with disk_troubles(self._path):
            os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Let go of the file. Raises UserError where the disk is full, and something was still to be written."""
        with disk_troubles(self._path):
            self._file.close()


def read(folder: Path) -> Iterator[Event]:
    """Read the events of a run. A last line that a crash tore is left out, and all that follows a broken one."""
    path = folder / FILE
    if not path.is_file():
        return
    with path.open("rb") as file:
        while lines := file.readlines(BLOCK):
            try:
                yield from decode_events(b"".join(lines))
            except UNDECODABLE:
                yield from _until_broken(lines)
                return


def read_epochs(folder: Path, phase: Phase) -> list[EpochEnded]:
    """Read the epochs of a phase, and none of its many steps. What a resume went over again counts once."""
    path, epochs = folder / FILE, list[EpochEnded]()
    if not path.is_file():
        return epochs
    with path.open("rb") as file:
        for event in _decoded(line for line in file if EPOCH in line):
            if isinstance(event, EpochEnded) and event.phase == phase:
                while epochs and epochs[-1].epoch >= event.epoch:
                    epochs.pop()
                epochs.append(event)
    return epochs


def read_features(folder: Path, phase: Phase) -> dict[int, float]:
    """Tell before which epochs of a phase features of frozen blocks were needed, and how many seconds they take to
    compute: now, or when those were computed that lay there. What a resume finds again counts once.
    """
    path, began, found = folder / FILE, 0.0, dict[int, float]()
    blocks: tuple[str, ...] = ()
    if not path.is_file():
        return found
    with path.open("rb") as file:
        for event in _decoded(line for line in file if FEATURES in line):
            if isinstance(event, Progressed) and event.done == 0:
                began = event.at
            elif isinstance(event, FeaturesKept) and event.phase == phase:
                now = max(0.0, event.at - began) if began and event.computed else 0.0
                earlier = event.earlier_s if event.blocks != blocks else 0.0
                if now + earlier:
                    found[event.epoch] = now + earlier
                began, blocks = 0.0, event.blocks
    return found


def _until_broken(lines: Iterable[bytes]) -> Iterator[Event]:
    for line in lines:
        try:
            event = decode_event(line)
        except UNDECODABLE:
            return
        yield event


def read_back(folder: Path) -> Iterator[Event]:
    """Read the events of a run from the last to the first, no more of the file than is asked for."""
    path = folder / FILE
    if not path.is_file():
        return
    with path.open("rb") as file:
        position, rest = file.seek(0, os.SEEK_END), b""
        while position:
            start = max(0, position - BLOCK)
            file.seek(start)
            rest, *lines = (file.read(position - start) + rest).split(b"\n")
            position = start
            yield from _decoded(reversed(lines))
    yield from _decoded([rest])


def _decoded(lines: Iterable[bytes]) -> Iterator[Event]:
    """What the lines say; what is torn says nothing."""
    for line in lines:
        with suppress(*UNDECODABLE):
            yield decode_event(line)


def begin_of(phase: Phase, folder: Path) -> int:
    """Tell how many bytes were written before a phase began; all of them where it has not."""
    length = 0
    for event in read(folder):
        if isinstance(event, PhaseStarted) and event.phase == phase:
            break
        length += len(encode_event(event)) + 1
    return length


def cut(folder: Path, length: int = -1) -> None:
    """Forget what was written after a checkpoint: keep so many bytes, and only whole lines; where nothing is said, all
    but a last line that a crash tore.
    """
    path = folder / FILE
    if not path.is_file():
        return
    with disk_troubles(path), path.open("r+b") as file:
        kept = file.read(length)
        file.truncate(kept.rfind(b"\n") + 1)
        os.fsync(file.fileno())
