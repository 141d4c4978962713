"""What a tuning of learning rate and freezing costs and finds, in units of one fine-tuning of everything.

    python -m benchmarks.tuning_study FOLDER [--model bundled/efficientnet_lite0] [--epochs 5] [--size 96] [--tries 16]

FOLDER holds one folder a class, or train and test (or val) of such. A unit is the experiment run once on all its
pictures to learn from, with everything learning; the study includes its refit. Beside the verdict, the test accuracies
of both are told: of the experiment as it was, and with the settings that were found. `--full` lets go of no try.
Processor's time, of all threads, and by the clock.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.lambda_study import experiment, small, timed
from kt_gui import session
from kt_gui.schema.choices import Everything
from kt_gui.schema.events import Event, RunEnded
from kt_gui.schema.quantities import percent
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import Study
from kt_gui.schema.study_events import StudyEnded, TrialEnded
from kt_gui.schema.study_words import told
from kt_gui.schema.tuning import Freezings, LearningRates, Tuning
from kt_gui.store.folders import Home


def watched(events: Iterator[Event], states: dict[str, int], tested: list[float]) -> Iterator[Event]:
    """Count how trials ended, and keep what a test said."""
    for event in events:
        if isinstance(event, TrialEnded):
            states[event.state] = states.get(event.state, 0) + 1
        if isinstance(event, RunEnded) and event.result.target_accuracy is not None:
            tested.append(event.result.target_accuracy)
        yield event


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="bundled/efficientnet_lite0")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--tries", type=int, default=16)
    parser.add_argument("--full", action="store_true")
    chosen = parser.parse_args()
    base = experiment(chosen.folder, chosen.model, Everything(), chosen.epochs, chosen.size)
    question = Tuning(first=LearningRates(), second=Freezings(), tries=chosen.tries, prune=not chosen.full)
    study = Study(name="tuning", study=question, experiment=base)
    states: dict[str, int] = {}
    before, after = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        timed(session.run(small(base), StopToken(), Home.under(Path(one) / "first")))  # loads all libraries
        unit, _, _ = timed(watched(session.run(base, StopToken(), Home.under(Path(one))), {}, before))
        began = time.monotonic()
        events = session.study(study, StopToken(), Home.under(Path(other)))
        whole, runs, ended = timed(watched(events, states, after))
    clock = time.monotonic() - began
    print(f"one fine-tuning {unit:.1f} s, study {whole:.1f} s ({clock:.0f} s by the clock, {runs} runs: {states})")
    print(f"= {whole / unit:.1f} units; test {percent(before[-1])} as it was, {percent(after[-1])} as found")
    assert isinstance(ended, StudyEnded)
    if ended.verdict is not None:
        print("\n".join(told(ended.verdict)), flush=True)


if __name__ == "__main__":
    main()
