"""Does streaming stay within its limit, and what does it cost? A folder of photos too large for the memory it may take.

    python -m benchmarks.streaming_memory [--runs 3] [--pictures 7000] [--limit 256]

Writes a folder of JPEG files (7 000 take 1 GB at 224 px), and learns from it for an epoch: kept in memory, streamed
from the decoded array on the disk, decoded batch by batch. Each side is a process of its own. The network is one
convolution: what is measured is how the pictures come to it. Memory is counted above the peak of the same training on
two batches that stay in memory; that of one side contains the pages of the mapped file that are in memory.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kt_gui import waiting

os.environ.update(waiting.WAITING)

import numpy as np
from PIL import Image

from benchmarks.measuring import Measured, Turn, surroundings, table, take_turns
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.stop import StopToken

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection
    from kt_gui.engine.loading import Portion, View
    from kt_gui.engine.trainer import Task

SIZE, BATCH, DIFFERENT = 224, 64, 200
STATUS = Path("/proc/self/status")
SIDES = ("kept in memory", "streamed from the disk", "decoded batch by batch")

R = TypeVar("R")


def measure(runs: int, pictures: int = 7000, limit: int = 256) -> Measured:
    """Let the sides take turns on one folder; `limit` in MB."""
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(Path(folder) / "pictures", pictures)
        sides = {name: partial(turn, name, Path(folder), limit) for name in SIDES}
        turns = take_turns(sides, runs)
    decoded = pictures * 3 * SIZE**2 / 1e6
    title = f"An epoch of {pictures} photos, {decoded:.0f} MB decoded, with {limit} MB to take"
    return Measured(title, turns, remarks=["Memory: the peak above that of the same training on two batches."])


def write_pictures(folder: Path, count: int) -> None:
    """Write so many JPEG files, of 200 different pictures of 320 x 256 pixels, in two classes."""
    chance = np.random.default_rng(0)
    files = []
    for _ in range(DIFFERENT):
        coarse = Image.fromarray(chance.integers(0, 256, (16, 20, 3), dtype=np.uint8))
        buffer = io.BytesIO()
        coarse.resize((320, 256), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    for number in range(count):
        path = folder / ("left", "right")[number % 2] / f"{number:06}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[number % DIFFERENT])


def turn(side: str, folder: Path, limit: int) -> Turn:
    """Do one side in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.streaming_memory", "--side", side, "--folder", str(folder)]
    done = subprocess.run([*command, "--limit", str(limit)], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return Turn(told.pop("seconds"), told)


def learn(side: str, folder: Path, limit: int) -> dict[str, float | str]:
    """Learn for an epoch the way this side does, and tell what it took."""
    from kt_gui.store.arrays import Arrays

    collection = finish(read(folder / "pictures"))
    allowed = {"kept in memory": 10**15}.get(side, limit * 10**6)
    with tempfile.TemporaryDirectory() as place:
        store = Arrays(Path(place), 10**12) if side == "streamed from the disk" else None
        bring = partial(load, collection, store, allowed)
        with Sampled() as usual:
            epoch(task(bring(np.arange(2 * BATCH), allowed=10**15)))
        before = peak()
        with Sampled() as anonymous:
            first, portion = timed(bring)
            seconds, _ = timed(partial(epoch, task(portion)))
        after = peak()
        again, _ = timed(bring)
    return {
        "seconds": seconds,
        "pictures/s": f"{len(collection) / seconds:.0f}",
        "peak, MB": f"{after - before:.0f}",
        "of it not of files, MB": f"{anonymous.most - usual.most:.0f}",
        "brought in, s": f"{first:.1f}",
        "the next time, s": f"{again:.1f}",
    }


def read(folder: Path) -> "Generator[object, None, Collection]":
    """Read the folder as the app does."""
    from kt_gui.engine.images import Places, read

    nowhere = Path("nowhere")
    return read(ImageFolder(path=str(folder)), Places(bundled=nowhere, datasets=nowhere), StopToken())


def load(
    collection: "Collection", store: object, limit: int, indexes: object = None, allowed: int | None = None
) -> "Portion":
    """Bring pictures to the network's size."""
    import torch

    from kt_gui.engine import loading

    chosen = np.arange(len(collection)) if indexes is None else indexes
    asked = (collection, chosen, view(), torch.device("cpu"), StopToken())
    return finish(loading.load(*asked, store=store, limit=limit if allowed is None else allowed))


def view() -> "View":
    """How the network sees pictures."""
    from kt_gui.engine.loading import View

    return View(size=SIZE, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def task(portion: "Portion") -> "Task":
    """An epoch on these pictures, of a network that takes no time."""
    from torch import nn

    from kt_gui.engine.backbones import Network
    from kt_gui.engine.devices import Resolved
    from kt_gui.engine.trainer import Task
    from kt_gui.schema.choices import SGD, Constant, CustomAugmentation
    from kt_gui.schema.experiment import Training

    module = nn.Sequential()
    module.add_module("stem", nn.Conv2d(3, 16, 16, stride=16))
    module.add_module("head", nn.Sequential(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 2)))
    owner = {name: name.partition(".")[0] for name, _ in module.named_parameters()}
    network = Network("one convolution", module, ("stem", "head"), owner, view(), ("left", "right"))
    training = Training(
        epochs=1,
        batch_size=BATCH,
        optimiser=SGD(learning_rate=0.01),
        schedule=Constant(),
        augmentation=CustomAugmentation(flip="horizontal", crop="none"),
    )
    return Task(
        phase="pretraining",
        data="photos",
        network=network,
        train=portion,
        validation=portion,
        training=training,
        resolved=Resolved("cpu", "fp32", "contiguous", max(1, (os.cpu_count() or 2) - 1)),
        seed=0,
        transfer=None,
        new_head=True,
        counts=(len(portion), 0, 0),
    )


def epoch(task: "Task") -> None:
    """Learn from every picture once."""
    from kt_gui.engine import devices
    from kt_gui.engine.trainer import Trainer

    devices.prepare(task.resolved)
    trainer = Trainer(task)
    trainer.enter_epoch(0)
    for _ in range(trainer.steps_per_epoch):
        trainer.step()


def finish(work: Generator[object, None, R]) -> R:
    """Let a generator of events run to its end."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            return ended.value


def timed(work: Callable[[], R]) -> tuple[float, R]:
    """Do the work, and tell how many seconds it took."""
    begun = time.perf_counter()
    done = work()
    return time.perf_counter() - begun, done


def memory(field: str) -> float:
    """What the system says of this process's memory, in MB."""
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{field}:")) * 1.024


def peak() -> float:
    """The most memory that was resident so far, mapped files included, in MB."""
    return memory("VmHWM")


class Sampled:
    """Looks every 10 ms how much memory is resident that belongs to no file, in MB."""

    def __enter__(self) -> "Sampled":
        self.most = memory("RssAnon")
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.most = max(self.most, memory("RssAnon"))

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=7000)
    parser.add_argument("--limit", type=int, default=256, help="MB")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(learn(given.side, given.folder, given.limit)))
        return
    print(table(measure(given.runs, given.pictures, given.limit)))
    print(surroundings())


if __name__ == "__main__":
    main()
