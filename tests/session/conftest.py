"""A run that takes a second: the bundled emoji, three kinds, a small network at 16 px."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.schema.choices import SGD, Adam
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.events import Event, RunEnded
from kt_gui.schema.experiment import Experiment, Pretrain, Target, Training, Transfer
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home, home

KINDS = ("clock", "heart", "face")


def tiny(**changes: object) -> Experiment:
    """Six steps of pretraining, four of fine-tuning an epoch; on one thread of a CPU."""
    exact = {"precision": "fp32", "memory_format": "contiguous", "device": "cpu", "image_size": 16}
    source = Pretrain(
        network="small_cnn",
        data=Bundled(name="emoji-twemoji", classes=KINDS),
        per_class=8,
        training=Training(epochs=2, batch_size=4, optimiser=Adam(), **exact),  # type: ignore[arg-type]
    )
    base = Experiment(
        name="tiny",
        source=source,
        target=Target(data=Bundled(name="emoji-noto", classes=KINDS), per_class=5),
        transfer=Transfer(strength=0.01),
        training=Training(epochs=3, batch_size=4, optimiser=SGD(), **exact),  # type: ignore[arg-type]
    )
    return msgspec.structs.replace(base, **changes)


@pytest.fixture
def place() -> Home:
    """The folders of this test."""
    return home()


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The folders of all tests of a file."""
    return Home.under(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def folder(kept_home: Home) -> Path:
    """One run, which all tests of a file look at."""
    return run(tiny(), kept_home)


def work(events: Iterator[Event]) -> RunEnded:
    """Let a run come to its end."""
    *_, ended = events
    assert isinstance(ended, RunEnded)
    return ended


def run(experiment: Experiment, place: Home) -> Path:
    """Run an experiment; give its folder."""
    return Path(work(session.run(experiment, StopToken(), place)).folder)
