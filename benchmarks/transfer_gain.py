"""Does the example's transfer help? Paired seeds of transfer against from scratch, both with a tuned learning rate.

    python -m benchmarks.transfer_gain [--example emoji] [--per-class 3] [--seeds 8]

Same network, same target epochs, same splits and order of pictures; the learning rates of both are chosen by validation
accuracy on seeds that are not compared afterwards. The interval is a paired 95 % t interval of the difference in test
accuracy: it covers seeds (initial weights, order, draw of the pictures), not the test pictures.
"""

import argparse
import platform
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
from scipy import stats

from kt_gui import session
from kt_gui.schema.events import EpochEnded, RunEnded
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, Source
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

RATES = (0.003, 0.01, 0.03, 0.1)
TUNING_SEEDS = (1000, 1001, 1002)


@dataclass(frozen=True)
class Outcome:
    """Shares of 1: the best validation accuracy and the test accuracy of one run."""

    folder: str
    validation: float
    test: float


def outcome(experiment: Experiment, home: Home) -> Outcome:
    """Run an experiment to its end, without showing it."""
    best, ended = 0.0, None
    for event in session.run(experiment, StopToken(), home):
        if isinstance(event, EpochEnded) and event.phase == "finetuning":
            best = max(best, event.validation_accuracy)
        if isinstance(event, RunEnded):
            ended = event
    assert ended is not None
    assert ended.result.target_accuracy is not None
    return Outcome(ended.folder, best, ended.result.target_accuracy)


def variant(base: Experiment, source: Source, rate: float, seed: int, strength: float) -> Experiment:
    """The base experiment from another source, with another peak learning rate and seed."""
    replace = msgspec.structs.replace
    optimiser = replace(base.training.optimiser, learning_rate=rate)
    return replace(
        base,
        seed=seed,
        source=source,
        transfer=replace(base.transfer, strength=strength),
        training=replace(base.training, optimiser=optimiser, patience=None),
    )


def tuned(base: Experiment, sources: dict[int, Source], strength: float, home: Home) -> float:
    """The learning rate of the best mean validation accuracy over the tuning seeds."""
    means = {
        rate: statistics.mean(
            outcome(variant(base, sources[seed], rate, seed, strength), home).validation for seed in TUNING_SEEDS
        )
        for rate in RATES
    }
    print("  validation by learning rate:", {rate: f"{mean:.3f}" for rate, mean in means.items()}, flush=True)
    return max(means, key=lambda rate: means[rate])


def learnt_sources(base: Experiment, seeds: list[int], home: Home) -> dict[int, Source]:
    """Pretrain once a seed; the runs that are compared start from its source checkpoint."""
    replace = msgspec.structs.replace
    short = replace(base, training=replace(base.training, epochs=1))
    return {
        seed: EarlierRun(run=outcome(replace(short, seed=seed), home).folder, checkpoint="source") for seed in seeds
    }


def report(transfer: list[float], scratch: list[float]) -> None:
    """Print both, and the paired difference with its interval."""
    differences = [a - b for a, b in zip(transfer, scratch, strict=True)]
    interval = stats.ttest_rel(transfer, scratch).confidence_interval(0.95)
    print("| | " + " | ".join(str(seed) for seed in range(len(transfer))) + " | mean |")
    print("| --- |" + " --- |" * (len(transfer) + 1))
    for name, values in (("transfer", transfer), ("from scratch", scratch), ("difference", differences)):
        cells = " | ".join(f"{100 * value:.1f}" for value in values)
        print(f"| {name} | {cells} | {100 * statistics.mean(values):.1f} |")
    print(
        f"gain {100 * statistics.mean(differences):+.1f} points, 95 % paired interval "
        f"{100 * interval.low:+.1f} ... {100 * interval.high:+.1f}, {len(differences)} seeds"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--example", default="emoji")
    parser.add_argument("--per-class", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=8)
    chosen = parser.parse_args()
    base = session.example(chosen.example)
    assert isinstance(base.source, Pretrain)
    target = msgspec.structs.replace(base.target, per_class=chosen.per_class)
    base = msgspec.structs.replace(base, target=target)
    scratch = Scratch(network=base.source.network)
    seeds, began = list(range(chosen.seeds)), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        home = Home.under(Path(folder))
        sources = learnt_sources(base, [*TUNING_SEEDS, *seeds], home)
        print("tuning transfer", flush=True)
        rate = tuned(base, sources, base.transfer.strength, home)
        print("tuning from scratch", flush=True)
        scratch_rate = tuned(base, dict.fromkeys(TUNING_SEEDS, scratch), 0.0, home)
        strength = base.transfer.strength
        carried = [outcome(variant(base, sources[seed], rate, seed, strength), home).test for seed in seeds]
        alone = [outcome(variant(base, scratch, scratch_rate, seed, 0.0), home).test for seed in seeds]
    print(f"\n{chosen.example}, {chosen.per_class} a class, test accuracy in %; {platform.processor() or 'CPU'}")
    print(f"learning rates: transfer {rate}, from scratch {scratch_rate}; {time.monotonic() - began:.0f} s")
    report(carried, alone)


if __name__ == "__main__":
    main()
