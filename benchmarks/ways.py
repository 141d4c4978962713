"""In which precision, memory format and on how many cores does a training step take least? What the probe decides.

    python -m benchmarks ways
    python -m benchmarks.ways [--network resnet18_cifar] [--size 32] [--batch 32] [--runs 5]

A step is forward and backward. The last line says what the program chooses here by its own short probe.
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace

from kt_gui import waiting

os.environ.update(waiting.WAITING)

import torch

from benchmarks.measuring import Measured, Turn, surroundings, table, take_turns
from kt_gui.engine import backbones, devices, probing
from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Resolved
from kt_gui.engine.optimisation import cross_entropy
from kt_gui.schema.experiment import Training
from kt_gui.schema.stop import StopToken


def step(network: Network, resolved: Resolved, batch: int) -> Callable[[], Turn]:
    """Give the work of one side."""
    size = network.view.size
    pictures = torch.randn(batch, 3, size, size, device=resolved.device).contiguous(memory_format=resolved.layout)
    labels = torch.zeros(batch, dtype=torch.int64, device=resolved.device)

    def work() -> Turn:
        devices.prepare(resolved)
        resolved.place(network.module)
        network.module.zero_grad(set_to_none=True)
        devices.synchronise(resolved.device)
        begun = time.perf_counter()
        with resolved.autocast():
            logits = network.module(pictures)
        cross_entropy(logits, labels).backward()
        devices.synchronise(resolved.device)
        return Turn(time.perf_counter() - begun)

    return work


def measure(runs: int, name: str = "resnet18_cifar", size: int = 32, batch: int = 32) -> Measured:
    network = backbones.create(name, tuple("abcdefghij"), size, seed=0)
    network.module.train()
    options = devices.options(Training())
    sides = {" ".join(way): options.resolved(way) for way in options.ways}
    simplest = options.resolved(options.ways[0])
    if simplest.threads > 1:
        sides["fp32 contiguous, one core less"] = replace(simplest, threads=simplest.threads - 1)
    works = {side: step(network, resolved, batch) for side, resolved in sides.items()}
    take_turns(works, 1)
    begun = time.perf_counter()
    found = probing.measure(network, options, probing.enough(batch, options.device), StopToken())
    chosen = " ".join(probing.choose(options.ways, found))
    remark = f"The probe took {time.perf_counter() - begun:.1f} s and chooses {chosen}."
    return Measured(f"A step of {name} at {size} px, {batch} pictures", take_turns(works, runs), remarks=(remark,))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="resnet18_cifar")
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    print(table(measure(chosen.runs, chosen.network, chosen.size, chosen.batch)))
    print(surroundings())


if __name__ == "__main__":
    main()
