"""What does one run gain by two processes? On a CPU: one process on two threads against two processes on one each.

    python -m benchmarks.torchrun [--network resnet18_cifar] [--size 32] [--batch 64] [--processes 2] [--runs 3]

The bundled clothes, everything learns, from scratch, in fp32; told is the time of the last epoch, validation included.
Whole runs, each in processes of its own, as a person calls them; both sides use the same cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import Measured, Turn, surroundings, table, take_turns
from kt_gui.schema.codec import dump_experiment
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.experiment import Experiment, Scratch, Target, Training

ALONE = (sys.executable, "-m", "kt_gui")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone")
PER_CLASS = 60
"""Pictures of a class; there are ten classes."""


def experiment(network: str, size: int, batch: int) -> Experiment:
    """Two epochs: the first one warms up."""
    training = Training(
        epochs=2, batch_size=batch, image_size=size, precision="fp32", memory_format="channels_last", snapshots=0
    )
    target = Target(data=Bundled(name="fashion"), per_class=PER_CLASS)
    return Experiment(name="torchrun", source=Scratch(network=network), target=target, training=training)


def whole_run(command: tuple[str, ...], asked: Experiment) -> Callable[[], Turn]:
    """Give the work of one side."""

    def work() -> Turn:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "experiment.toml")
            file.write_text(dump_experiment(asked), "utf-8")
            done = subprocess.run(
                [*command, "run", str(file), "--json"],
                env={**os.environ, "KT_HOME": folder},
                stdout=subprocess.PIPE,
                check=True,
            )
        events = [json.loads(line) for line in done.stdout.splitlines()]
        last = [event for event in events if event["event"] == "epoch_ended"][-1]
        return Turn(last["seconds"], {"train loss": f"{last['train_loss']:.6f}"})

    return work


def measure(
    runs: int, network: str = "resnet18_cifar", size: int = 32, batch: int = 64, processes: int = 2
) -> Measured:
    several = (*TORCHRUN, f"--nproc-per-node={processes}", "-m", "kt_gui")
    asked = experiment(network, size, batch)
    sides = {"one process": whole_run(ALONE, asked), f"{processes} processes": whole_run(several, asked)}
    return Measured(f"An epoch of {network} at {size} px, batches of {batch}", take_turns(sides, runs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="resnet18_cifar")
    for name, usual in (("size", 32), ("batch", 64), ("processes", 2), ("runs", 3)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    chosen = parser.parse_args()
    print(table(measure(chosen.runs, chosen.network, chosen.size, chosen.batch, chosen.processes)))
    print(surroundings())


if __name__ == "__main__":
    main()
