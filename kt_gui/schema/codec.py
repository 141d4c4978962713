"""Strict TOML and JSON in and out. Errors name the file, the field and the remedy.

Experiments and studies are TOML; events are JSON, one line each. `override` (in `assignments`) changes fields by their
path; `complaints` explains a wrong file.
"""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from kt_gui.schema.assignments import override as override
from kt_gui.schema.complaints import Tree, explain_syntax, record_from
from kt_gui.schema.datasets import Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Answer, Event, Happening
from kt_gui.schema.experiment import VERSION, EarlierRun, Experiment, Pretrain, Source, WeightsFile
from kt_gui.schema.studies import STUDY_VERSION, Study, StudyEvent, TrialTold
from kt_gui.schema.texts import tr


def _vary_anew(tree: Tree) -> Tree:
    """Before version 2 every picture was varied anew in every epoch, whatever was frozen."""
    transfer = tree.get("transfer", {})
    return {**tree, "version": 2, "transfer": {"views": 0, **transfer}} if isinstance(transfer, dict) else tree


UPGRADES: Mapping[int, Callable[[Tree], Tree]] = {1: _vary_anew}
"""What brings a file of that version to the next one."""

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError)
"""What msgspec raises where bytes are not what was expected; texts that are not UTF-8 it leaves to Python."""

_events: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Happening | Answer | StudyEvent | TrialTold)


def load_experiment(path: Path) -> Experiment:
    """Read an experiment file; relative paths in it start at its folder.

    Raises UserError where the file cannot be read or says something that is not understood.
    """
    return resolved(parse_experiment(_text(path), str(path)), path.absolute().parent)


def parse_experiment(text: str, name: str) -> Experiment:
    """Read an experiment from TOML; `name` is what errors call it. Raises UserError."""
    return record_from(_upgraded(_tree(text, name), name), Experiment, name)


def dump_experiment(experiment: Experiment) -> str:
    """Write an experiment as TOML, defaults included; what is None is left out."""
    return tomli_w.dumps(without_none(msgspec.to_builtins(experiment)))


def load_study(path: Path) -> Study:
    """Read the file of a study; relative paths in it start at its folder. Raises UserError as `load_experiment`."""
    study = parse_study(_text(path), str(path))
    return msgspec.structs.replace(study, experiment=resolved(study.experiment, path.absolute().parent))


def parse_study(text: str, name: str) -> Study:
    """Read a study from TOML; `name` is what errors call it. Raises UserError."""
    tree = _tree(text, name)
    if "study" not in tree and "target" in tree:
        raise UserError(
            tr("{file} is an experiment, not a study.", file=name),
            tr("Make a study of it, as with kt study --print lambda EXPERIMENT.toml."),
        )
    _refuse_newer(tree.get("version"), STUDY_VERSION, name)
    below = tree.get("experiment")
    if isinstance(below, dict):  # a study keeps experiments of older versions
        tree = {**tree, "experiment": _upgraded(below, name)}
    return record_from(tree, Study, name)


def dump_study(study: Study) -> str:
    """Write a study as TOML, defaults included; what is None is left out."""
    return tomli_w.dumps(without_none(msgspec.to_builtins(study)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _tree(text: str, name: str) -> Tree:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise explain_syntax(error, text, name) from error


def without_none(value: Any) -> Any:
    """Leave out of a tree what is None, for TOML has no word for it."""
    if isinstance(value, dict):
        return {key: without_none(below) for key, below in value.items() if below is not None}
    if isinstance(value, list | tuple):
        return [without_none(below) for below in value]
    return value


def _upgraded(tree: Tree, name: str) -> Tree:
    """Bring a file of an older version to this one. Raises UserError for one of a newer program."""
    version = tree.get("version", VERSION)
    _refuse_newer(version, VERSION, name)
    while isinstance(version, int) and version in UPGRADES:
        tree = UPGRADES[version](tree)
        version += 1
    return tree


def _refuse_newer(version: object, known: int, name: str) -> None:
    if isinstance(version, int) and version > known:
        raise UserError(
            tr(
                "The file was written by a newer version of the program ({file}, version = {version}).",
                file=name,
                version=version,
            ),
            tr("Update the program."),
        )


def _unreadable(path: Path, error: OSError | UnicodeDecodeError) -> UserError:
    match error:
        case FileNotFoundError():
            return UserError(tr("There is no file {file}.", file=str(path)), tr("Check the name and the folder."))
        case IsADirectoryError():
            return UserError(
                tr("{file} is a folder, not an experiment file.", file=str(path)), tr("Name a .toml file.")
            )
        case UnicodeDecodeError():
            return UserError(
                tr("{file} is not a text in UTF-8.", file=str(path)), tr("Save it as UTF-8, or name another file.")
            )
        case _:
            return UserError(
                tr("{file} cannot be read: {reason}.", file=str(path), reason=error.strerror or str(error)),
                tr("Allow reading it, or name another file."),
            )


# --- paths in a file start at its folder ---------------------------------------------------------------------------


def resolved(experiment: Experiment, folder: Path) -> Experiment:
    """Make every relative path in an experiment absolute, starting at a folder."""
    replace = msgspec.structs.replace
    target = replace(experiment.target, data=_resolved_data(experiment.target.data, folder))
    return replace(experiment, source=_resolved_source(experiment.source, folder), target=target)


def _resolved_source(source: Source, folder: Path) -> Source:
    replace = msgspec.structs.replace
    match source:
        case Pretrain():
            return replace(source, data=_resolved_data(source.data, folder))
        case WeightsFile():
            return replace(source, path=_from(folder, source.path))
        case EarlierRun() if (Path(_from(folder, source.run)) / "run.json").is_file():
            return replace(source, run=_from(folder, source.run))
        case _:
            return source


def _resolved_data(data: Dataset, folder: Path) -> Dataset:
    replace = msgspec.structs.replace
    match data:
        case ImageFolder() | ImageArchive() | ImageTable():
            return replace(data, path=_from(folder, data.path))
        case Catalogued() if data.folder is not None:
            return replace(data, folder=_from(folder, data.folder))
        case _:
            return data


def _from(folder: Path, path: str) -> str:
    return str(folder / Path(path).expanduser())


# --- events --------------------------------------------------------------------------------------------------------


def encode_event(event: Event) -> bytes:
    """Write an event as one line of JSON, without the line's end. A number that is not finite becomes null."""
    return msgspec.json.encode(event)


def decode_events(lines: bytes) -> list[Event]:
    """Read many lines at once. Raises one of `UNDECODABLE` where one is no event."""
    return _events.decode_lines(lines)


def decode_event(line: bytes | str) -> Event:
    """Read one line. Raises one of `UNDECODABLE` where it is no event."""
    return _events.decode(line)
