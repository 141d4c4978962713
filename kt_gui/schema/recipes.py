"""What an experiment is but for chance: runs of one recipe are repetitions of each other."""

import hashlib
from typing import Any

import msgspec

from kt_gui.schema.experiment import EarlierRun, Experiment

LETTERS = 16


def recipe(experiment: Experiment, source: str = "") -> str:
    """Digest all that decides a run but its seed and its name.

    `source` stands for an earlier run that it starts from, where that run's own recipe is known: two runs that start
    from repetitions of each other are repetitions themselves. Fields at their defaults are left out, so that a field
    which a later version adds changes no digest.
    """
    told = _chosen(experiment)
    told.pop("seed", None), told.pop("name", None)
    if source and isinstance(experiment.source, EarlierRun):
        told["source"] = {**told["source"], "run": source}
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:LETTERS]


def _chosen(record: msgspec.Struct) -> dict[str, Any]:
    """The fields that are not at their defaults, and the kind."""
    found: dict[str, Any] = {"kind": record.__struct_config__.tag} if record.__struct_config__.tag else {}
    for field in msgspec.structs.fields(record):
        value = getattr(record, field.name)
        if value != field.default:
            found[field.encode_name] = _chosen(value) if isinstance(value, msgspec.Struct) else value
    return found
