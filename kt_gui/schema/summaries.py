"""Names an experiment's parts in a few words, as lists and titles show them. Torch-free, without reading any data."""

from pathlib import Path
from typing import assert_never

from kt_gui.schema.datasets import Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, Source, WeightsFile, Zoo


def describe_data(data: Dataset) -> str:
    """Name a data set: its own name, or its file's."""
    match data:
        case Bundled(name=name) | Catalogued(name=name):
            return name
        case ImageFolder(path=path) | ImageArchive(path=path) | ImageTable(path=path):
            return Path(path).name
        case _:
            assert_never(data)


def describe_source(source: Source) -> str:
    """Name where the knowledge comes from; empty where there is no source."""
    match source:
        case Pretrain(data=data):
            return describe_data(data)
        case Zoo(model=model):
            return model
        case EarlierRun(run=run):
            return Path(run).name
        case WeightsFile(path=path):
            return Path(path).name
        case Scratch():
            return ""
        case _:
            assert_never(source)


def network_of(source: Source) -> str:
    """Name the network, where the experiment itself says which; an earlier run's stands in its files."""
    match source:
        case Pretrain(network=network) | WeightsFile(network=network) | Scratch(network=network):
            return network
        case Zoo(model=model):
            return model
        case EarlierRun():
            return ""
        case _:
            assert_never(source)
