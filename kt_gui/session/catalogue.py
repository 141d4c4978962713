"""What there is to start from and to learn: lists of networks and data sets, and fetching one."""

from collections.abc import Generator
from typing import Literal

from kt_gui.schema.datasets import Catalogued
from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.events import DatasetsListed, Event, ModelsListed
from kt_gui.schema.stop import StopToken
from kt_gui.session import pictures, sources
from kt_gui.store.folders import Home

Status = Literal["here", "partial", "download"]


def list_models(stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """List all networks; ends with `ModelsListed`."""
    from kt_gui.engine import model_catalogue
    from kt_gui.engine.weights import weights_address

    here = {path.name for path in home.models.glob("*")}

    def is_cached(name: str) -> bool:
        address = weights_address(name) if here else None
        return isinstance(address, RemoteFile) and address.filename in here

    if not stop.requested():
        yield ModelsListed(models=model_catalogue.list_models(is_cached))


def list_datasets(stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """List all catalogued sets; ends with `DatasetsListed`."""
    from kt_gui.engine.catalogued import list_sets
    from kt_gui.store.downloads import waiting_folder

    def status(name: str) -> Status:
        folder = home.datasets / name
        if folder.is_dir():
            return "here"
        return "partial" if waiting_folder(folder).is_dir() else "download"

    if not stop.requested():
        yield DatasetsListed(datasets=list_sets(status))


def fetch_model(name: str, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Download the weights of a pretrained network. Raises UserError, Stopped."""
    yield from sources.fetch_zoo(name, home, stop)


def fetch_data(name: str, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Download a catalogued set. Raises UserError, Stopped."""
    yield from pictures.fetch(Catalogued(name=name), home, stop)
