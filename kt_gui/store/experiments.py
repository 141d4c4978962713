"""Writes experiment files where a person wants them."""

from pathlib import Path

from kt_gui.schema.codec import dump_experiment
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import tr
from kt_gui.store.files import write


def save(path: Path, experiment: Experiment, *, overwrite: bool) -> None:
    """Write an experiment as TOML. Raises UserError where a file is there already, or its folder is not."""
    if path.exists() and not overwrite:
        raise UserError(
            tr("There is a file {path} already.", path=str(path)),
            tr("Name another file, or say that it may be overwritten (--force)."),
        )
    if not path.parent.is_dir():
        raise UserError(tr("There is no folder {folder}.", folder=str(path.parent)), tr("Make it first."))
    write(path, dump_experiment(experiment).encode())
