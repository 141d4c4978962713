"""A run as one plain script: gathers what it needs to be written, and tries it out before it is called done."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, Noticed, Phase, Tested
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch
from kt_gui.schema.exports import Ending
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import phases, resolving
from kt_gui.session.opening import open_run, portion_of, read_dealt
from kt_gui.session.pictures import Dealt
from kt_gui.session.sources import at_size, restore, suitable_size
from kt_gui.store import environment, history, runs
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from torch import Tensor

    from kt_gui.engine.backbones import Network
    from kt_gui.engine.scripts.legs import Leg

ROLES: dict[Phase, Role] = {"pretraining": "source", "finetuning": "target"}
SAMPLES = 100
"""Test pictures that a script's network is tried on."""
QUICK_S = 60.0
"""What a run may have taken for its script to be run to its end at once."""


@dataclass(frozen=True)
class Written:
    """A script, and the files that lie beside it, by name."""

    text: str
    beside: dict[str, bytes]
    seen: "Tensor"
    """Test pictures of the run as its network sees them, the first ones."""
    seconds: float
    """What the run took."""


def write(folder: Path, home: Home, stop: StopToken) -> Generator[Event, None, Written]:
    """Write a finished run's script. Raises UserError for what a script cannot do as the run did it, Stopped."""
    from kt_gui.engine.scripts import luggage, plan, writing
    from kt_gui.engine.scripts.legs import refuse_unwritable
    from kt_gui.store.checkpoints import pickled

    record, experiment = runs.read_record(folder), runs.read_experiment(folder)
    endings = _endings(folder)
    legs, dealt = [], []
    for phase in _phases(experiment):
        data = yield from read_dealt(folder, ROLES[phase], home, stop)
        leg = yield from _leg(folder, experiment, phase, data, endings[phase], home, stop)
        legs.append(leg)
        dealt.append((data.collection, data.splits))
    refuse_unwritable(legs)
    pictures = luggage.pack(legs, dealt, stop)
    has_start = not isinstance(experiment.source, Pretrain | Scratch)
    beside = {plan.PICTURES: pickled(pictures)}
    if has_start:
        beside[plan.START] = pickled(_kept(legs[0].network))
    about = plan.About(record.name, record.id, environment.read(folder).versions, has_start)
    seen = yield from _seen(folder, home, stop)
    return Written(writing.write(about, legs), beside, seen, record.seconds)


def _kept(network: "Network") -> "dict[str, Tensor]":
    """The weights and buffers of a network, as files want them."""
    return {name: tensor.detach().cpu().contiguous() for name, tensor in network.module.state_dict().items()}


def _seen(folder: Path, home: Home, stop: StopToken) -> Generator[Event, None, "Tensor"]:
    import torch

    from kt_gui.engine.loading import AS_IS

    dealt = yield from read_dealt(folder, "target", home, stop)
    portion = yield from portion_of(open_run(folder), dealt.collection, dealt.splits.test[:SAMPLES], home, stop)
    return portion.look(torch.arange(len(portion)), AS_IS).cpu()


def _phases(experiment: Experiment) -> tuple[Phase, ...]:
    return ("pretraining", "finetuning") if isinstance(experiment.source, Pretrain) else ("finetuning",)


def _leg(
    folder: Path, experiment: Experiment, phase: Phase, data: Dealt, ending: Ending, home: Home, stop: StopToken
) -> Generator[Event, None, "Leg"]:
    """Put a phase together as the run did, up to its first step."""
    from kt_gui.engine.scripts.legs import Leg

    resolved = resolving.read_back(folder, phase)
    if resolved is None:
        raise _unfinished(folder)
    if phase == "pretraining":
        assert isinstance(experiment.source, Pretrain)
        plan = phases.plan_pretraining(experiment, experiment.source.training)
    else:
        plan = phases.plan_finetuning(experiment)
    network = _network(folder, experiment, phase, data)
    task = yield from phases.build_task(plan, network, data, resolved, stop, home)
    return Leg(task, ROLES[phase], ending)


def _network(folder: Path, experiment: Experiment, phase: Phase, data: Dealt) -> "Network":
    """Make the network with which a phase began."""
    from kt_gui.engine import backbones

    source, classes = experiment.source, data.collection.classes
    if isinstance(source, Scratch) or (phase == "pretraining" and isinstance(source, Pretrain)):
        training = source.training if isinstance(source, Pretrain) else experiment.training
        size = suitable_size(source.network, data.collection, training.image_size)
        return backbones.create(source.network, classes, size, experiment.seed)
    network = at_size(restore(folder, "source"), experiment.training.image_size)
    return network if experiment.transfer.keep_head else backbones.with_head(network, classes, experiment.seed)


def _endings(folder: Path) -> dict[Phase, Ending]:
    """Read off a run's history where its phases ended. Raises UserError where it has not come to its end."""
    epochs: dict[Phase, EpochEnded] = {}
    tests: dict[Phase, Tested] = {}
    if runs.read_record(folder).state != "finished":
        raise _unfinished(folder)
    for event in history.read(folder):
        match event:
            case EpochEnded():
                epochs[event.phase] = event
            case Tested():
                tests[event.phase] = event
            case Noticed() if "the memory did not hold" in event.message.text.lower():
                raise _ran_out(folder)
            case _:
                pass
    if epochs.keys() != tests.keys() or "finetuning" not in tests:
        raise _unfinished(folder)
    return {phase: _ending(phase, epochs[phase], tests[phase]) for phase in epochs}


def _ending(phase: Phase, last: EpochEnded, test: Tested) -> Ending:
    return Ending(
        phase=phase,
        epoch=last.epoch,
        best_epoch=last.best_epoch,
        train_loss=last.train_loss or 0.0,
        validation_loss=last.validation_loss or 0.0,
        validation_accuracy=last.validation_accuracy,
        test_correct=test.correct,
        test_total=test.total,
    )


def _unfinished(folder: Path) -> UserError:
    return UserError(
        tr(
            "The run did not come to its end, so there is nothing for a script to end at ({folder}).",
            folder=str(folder),
        ),
        tr("Resume it first: kt resume, or Resume on the page Runs."),
    )


def _ran_out(folder: Path) -> UserError:
    return UserError(
        tr(
            "A script cannot reproduce this run: memory ran out in it, and batches were taken in parts ({folder}).",
            folder=str(folder),
        ),
        tr("Run it again with smaller batches, then export the script of that run."),
    )


def check(script: Path, folder: Path, made: Written) -> tuple[float, int]:
    """Read a script back with what lies beside it, and let its network judge the run's test pictures.

    Gives the largest difference of its logits from the run's best epoch's, and how many pictures were compared. Raises
    UserError where they differ.
    """
    from kt_gui.engine import exporting
    from kt_gui.engine.scripts import luggage

    network = exporting.plain(open_run(folder).network)
    count, classes = len(made.seen), len(network.classes)
    found = luggage.try_out(script, network.module.state_dict(), classes, count)
    difference = exporting.difference(found, exporting.answers(network.module, made.seen))
    if not difference.is_tolerable:
        raise UserError(
            tr("The script that was written gives other answers than the run."),
            tr("Nothing was kept. This is our mistake: tell us which network and data it was."),
        )
    return difference.largest, count


def repeat(script: Path, made: Written, stop: StopToken) -> float | None:
    """Run the script to its end where the run was a quick one; None where it was not. Raises Stopped.

    Gives how far its numbers are from those that were logged: on another machine than the run's not quite zero.
    """
    from kt_gui.engine.scripts import luggage

    return luggage.repeat(script, stop) if made.seconds <= QUICK_S else None
