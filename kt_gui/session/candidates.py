"""What a transfer could start from: found by what people call it, and opened where it is on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import msgspec

from kt_gui.schema.datasets import Dataset
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, WeightsFile, Zoo
from kt_gui.schema.rankings import Candidate
from kt_gui.schema.summaries import describe_data
from kt_gui.schema.texts import tr
from kt_gui.session import sources
from kt_gui.session.naming import data_named
from kt_gui.store import contents, runs
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord, Runs

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.collection import Collection

FAMILIES = ("bundled", "torchvision", "timm")


class Absent(Exception):  # noqa: N818 - nothing went wrong
    """A pretrained network's weights are not on this machine."""


def named(text: str, home: Home) -> tuple[Candidate, ...]:
    """Give the candidates that a text means: a pretrained network, a run, random weights of a small network, a file of
    weights (NETWORK=FILE), or, of a data set, every network that a run has pretrained on it, the newest of each kind.

    Raises UserError where it is none of these.
    """
    from kt_gui.engine.small_networks import SMALL_NETWORKS
    from kt_gui.engine.weights import weights_address

    if runs.is_run(Path(text).expanduser()):
        return (EarlierRun(run=str(Path(text).expanduser().absolute())),)
    network, _, file = text.partition("=")
    if file and Path(file).expanduser().is_file():
        return (WeightsFile(path=str(Path(file).expanduser().absolute()), network=network),)
    if text.partition("/")[0] in FAMILIES:
        weights_address(text)
        return (Zoo(model=text),)
    if text in SMALL_NETWORKS:
        return (Scratch(network=text),)
    data = _data(text)
    if data is not None:
        return _pretrained_on(data, home)
    return (EarlierRun(run=str(_run(text, home).folder)),)


def _data(text: str) -> Dataset | None:
    try:
        return data_named(text)
    except UserError:
        return None


def _run(text: str, home: Home) -> RunRecord:
    try:
        return Runs(home).find(text)
    except UserError as error:
        if Runs(home).knows(text):
            raise  # several are called so, which says itself what to name
        raise UserError(
            tr("“{text}” is no source: {reason}", text=text, reason=error.message),
            tr(
                "Name a network such as bundled/efficientnet_lite0, a run (kt runs lists them), or a data set that a "
                "run has pretrained on."
            ),
        ) from error


def _pretrained_on(data: Dataset, home: Home) -> tuple[Candidate, ...]:
    found: dict[str, Candidate] = {}
    for record in Runs(home).list():
        experiment = experiment_of(record.folder)
        source = experiment.source if experiment is not None else None
        if isinstance(source, Pretrain) and _is_of(source.data, data) and has_checkpoint(record.folder, "source"):
            found.setdefault(source.network, EarlierRun(run=str(record.folder), checkpoint="source"))
    if not found:
        raise UserError(
            tr("No run has pretrained a network on {data} yet.", data=describe_data(data)),
            tr("Pretrain one first (kt run), or name another source."),
        )
    return tuple(found.values())


def _is_of(data: Dataset, wanted: Dataset) -> bool:
    """Whether it is this set; where no classes are asked for, whichever of them were learnt."""
    return data == wanted or (not wanted.classes and msgspec.structs.replace(data, classes=()) == wanted)


def experiment_of(folder: Path) -> Experiment | None:
    """Read what a run was asked to do; None where that cannot be read any more."""
    try:
        return runs.read_experiment(folder)
    except UserError:
        return None


def has_checkpoint(folder: Path, which: str) -> bool:
    """Whether a run has these weights."""
    try:
        return any(saved.checkpoint == which for saved in contents.saved(folder))
    except UserError:
        return False


# --- one candidate ---------------------------------------------------------------------------------------------------


def settled(candidate: Candidate, home: Home) -> Candidate:
    """Name an earlier run by its folder, and a file by its whole path, so that each has one name. Raises UserError."""
    match candidate:
        case EarlierRun(run=run):
            return msgspec.structs.replace(candidate, run=str(Runs(home).find(run).folder))
        case WeightsFile(path=path):
            return msgspec.structs.replace(candidate, path=str(Path(path).expanduser().absolute()))
        case Zoo() | Scratch():
            return candidate
        case _:
            assert_never(candidate)


def name_of(candidate: Candidate, size: int | None = None) -> str:
    """Say what people call it; random weights by the size that pictures come in, too, where it is known."""
    match candidate:
        case Zoo(model=model):
            return model
        case EarlierRun(run=run, checkpoint="best"):
            return _run_name(Path(run))
        case EarlierRun(run=run, checkpoint="source"):
            return tr("{run}, its source", run=_run_name(Path(run)))
        case EarlierRun(run=run):
            return tr("{run}, last epoch", run=_run_name(Path(run)))
        case WeightsFile(path=path):
            return Path(path).name
        case Scratch(network=network) if size is None:
            return tr("random initialisation of {network}", network=network)
        case Scratch(network=network):
            return tr("random initialisation of {network}, {size} px", network=network, size=size)
        case _:
            assert_never(candidate)


def _run_name(folder: Path) -> str:
    try:
        record = runs.read_file(folder)
    except UserError:
        return folder.name
    return f"{record.name} ({record.id})"


def load(candidate: Candidate, target: "Collection", seed: int, home: Home) -> "Network":
    """Make a candidate's network, at the size it sees pictures at. Raises UserError, Absent."""
    from kt_gui.engine import backbones

    match candidate:
        case Zoo(model=model):
            return backbones.pretrained(model, _weights(model, home))
        case EarlierRun(run=run, checkpoint=checkpoint):
            return sources.restore(Path(run), checkpoint)
        case WeightsFile():
            return sources.read_file(candidate, sources.file_size(candidate, target, None), seed)
        case Scratch(network=network):
            return backbones.create(network, (), sources.suitable_size(network, target, None), seed)
        case _:
            assert_never(candidate)


def _weights(model: str, home: Home) -> Path:
    """Find the weights of a pretrained network, without fetching them."""
    from kt_gui.engine.weights import weights_address

    address = weights_address(model)
    path = address if isinstance(address, Path) else home.models / address.filename
    if not path.is_file():
        raise Absent
    return path
