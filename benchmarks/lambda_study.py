"""What a λ study of 5 folds and 9 values costs, in units of one fine-tuning: head only, and the last block.

    python -m benchmarks.lambda_study FOLDER [--model bundled/efficientnet_lite0] [--epochs 20] [--size 128] [--full]

FOLDER holds one folder a class, or train and test (or val) of such. A unit is the same experiment run once on all its
pictures to learn from. Both start with nothing computed, each in a home of its own; the study includes its refit.
`--full` lets go of no value on the way. Times are the processor's, of all threads, which other work on the machine
changes little.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kt_gui import session
from kt_gui.schema.choices import Features, Freezing, LastBlocks
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.events import Event, RunStarted
from kt_gui.schema.experiment import Experiment, Target, Training, Transfer, Zoo
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import LambdaSearch, Study
from kt_gui.schema.study_events import StudyEnded
from kt_gui.schema.study_words import told
from kt_gui.store.folders import Home

STRENGTHS = (0.0, 0.0001, 0.001, 0.00316, 0.01, 0.0316, 0.1, 1.0)
"""With the frozen end nine; head only has no such end, and gets one more."""


def experiment(folder: Path, model: str, freezing: Freezing, epochs: int, size: int) -> Experiment:
    """One fine-tuning."""
    return Experiment(
        name="unit",
        source=Zoo(model=model),
        target=Target(data=ImageFolder(path=str(folder))),
        transfer=Transfer(freezing=freezing),
        training=Training(epochs=epochs, precision="fp32", memory_format="channels_last", image_size=size),
    )


def small(base: Experiment) -> Experiment:
    """One epoch of two pictures a class."""
    replace = msgspec.structs.replace
    return replace(
        base, target=replace(base.target, per_class=2), training=replace(base.training, epochs=1, image_size=32)
    )


def timed(events: Iterator[Event]) -> tuple[float, int, Event]:
    """Let work come to its end: seconds, runs, its last event."""
    began, runs, last = time.process_time(), 0, None
    for last in events:
        runs += isinstance(last, RunStarted)
    assert last is not None
    return time.process_time() - began, runs, last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="bundled/efficientnet_lite0")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--full", action="store_true")
    chosen = parser.parse_args()
    ways: dict[str, Freezing] = {"head only": Features(), "last block": LastBlocks(blocks=1)}
    for name, freezing in ways.items():
        base = experiment(chosen.folder, chosen.model, freezing, chosen.epochs, chosen.size)
        strengths = (*STRENGTHS, 0.000316) if isinstance(freezing, Features) else STRENGTHS
        question = LambdaSearch(strengths=strengths, folds=5, prune=not chosen.full)
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            timed(session.run(small(base), StopToken(), Home.under(Path(one) / "first")))  # loads all libraries
            unit, _, _ = timed(session.run(base, StopToken(), Home.under(Path(one))))
            study = Study(name=name, study=question, experiment=base)
            whole, runs, ended = timed(session.study(study, StopToken(), Home.under(Path(other))))
        print(f"{name}: one fine-tuning {unit:.1f} s, study {whole:.1f} s ({runs} runs) = {whole / unit:.1f} units")
        assert isinstance(ended, StudyEnded)
        if ended.verdict is not None:
            print("\n".join(told(ended.verdict)), flush=True)


if __name__ == "__main__":
    main()
