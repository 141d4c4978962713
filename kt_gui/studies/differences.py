"""In which settings experiments differ: their fields, flat, with the titles that forms give them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import inspect

from kt_gui.schema.comparisons import Setting, Value
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.fields import KIND, chosen, form, title_and_unit

APART = ("name", "seed", "version")
"""What is told of each run anyway, or says nothing of it."""


@dataclass(frozen=True)
class _Leaf:
    titles: tuple[str, ...]
    unit: str
    value: Value


def differences(experiments: Sequence[Experiment]) -> tuple[Setting, ...]:
    """Give the fields that are not the same in all, in the order of an experiment file."""
    every = [flat(each) for each in experiments]
    paths = dict.fromkeys(path for leaves in every for path in leaves)
    settings = (_setting(path, [leaves.get(path) for leaves in every]) for path in _in_order(paths))
    return tuple(each for each in settings if any(value != each.values[0] for value in each.values))


def flat(experiment: Experiment) -> dict[str, _Leaf]:
    """Give every field by its path, as TOML writes it; name and seed are left out."""
    tree = msgspec.to_builtins(experiment)
    return {path: leaf for path, leaf in _leaves(form(Experiment), tree, "", ()) if path not in APART}


def _leaves(
    record: inspect.StructType, tree: Mapping[str, Any], prefix: str, above: tuple[str, ...]
) -> Iterator[tuple[str, _Leaf]]:
    for field in record.fields:
        path, value = f"{prefix}{field.encode_name}", tree[field.encode_name]
        title, unit = title_and_unit(field.type)
        titles = (*above, title or field.encode_name)
        below = chosen(field.type, value) if isinstance(value, Mapping) else None
        if below is None:
            yield path, _Leaf(titles, unit, tuple(value) if isinstance(value, list | tuple) else value)
            continue
        if KIND in value:
            yield f"{path}.{KIND}", _Leaf(titles, "", value[KIND])
        yield from _leaves(below, value, f"{path}.", titles)


def _in_order(paths: Mapping[str, None]) -> list[str]:
    """Keep fields of one table together, though not every experiment has all of them."""
    tables = dict.fromkeys(path.rpartition(".")[0] for path in paths)
    return [path for table in tables for path in paths if path.rpartition(".")[0] == table]


def _setting(path: str, leaves: Sequence[_Leaf | None]) -> Setting:
    known = next(leaf for leaf in leaves if leaf is not None)
    values = tuple(leaf.value if leaf is not None else None for leaf in leaves)
    return Setting(path=path, titles=known.titles, unit=known.unit, values=values)
