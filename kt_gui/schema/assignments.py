"""Changes an experiment by assignments as the terminal takes them: `target.per_class=5`, `transfer.lambda=0.01`."""

import tomllib
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import inspect

from kt_gui.schema.complaints import Tree, record_from, unknown_field
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.fields import KIND, chosen, form, is_optional, is_text, kind_of, names, records
from kt_gui.schema.texts import tr

ORIGIN = "--set"
NOTHING = "none"


def override(experiment: Experiment, assignments: Iterable[str]) -> Experiment:
    """Change fields by their path; all are set before anything is checked.

    Values are TOML; a bare word is a text, the kind of a choice, or `none` for a field that may be empty. A new kind
    starts with its own defaults. Raises UserError for a path that is not there, with the names that are.
    """
    tree: Tree = msgspec.to_builtins(experiment)
    for assignment in assignments:
        path, equals, value = assignment.partition("=")
        if not equals or not path.strip():
            raise UserError(
                tr("“{text}” is no assignment ({file}).", text=assignment, file=ORIGIN),
                tr("Write a field, an equals sign and a value, as in {example}.", example="target.per_class=5"),
            )
        _assign(tree, path.strip().split("."), value.strip())
    return record_from(tree, Experiment, ORIGIN)


def _assign(tree: Tree, path: list[str], text: str) -> None:
    record, table = form(Experiment), tree
    for depth, name in enumerate(path[:-1]):
        kind = _known(record, name, path[:depth])
        if not isinstance(table.get(name), dict):
            table[name] = {}
        below = chosen(kind, table[name])
        if below is None:
            raise unknown_field(path[depth + 1], _fields_there(kind), path[: depth + 1], ORIGIN)
        record, table = below, table[name]
    _set(table, record, path, text)


def _set(table: Tree, record: inspect.StructType, path: list[str], text: str) -> None:
    name = path[-1]
    if name == KIND and record.tag_field:
        _change_kind(table, text)
    else:
        table[name] = _value(text, _known(record, name, path[:-1]))


def _change_kind(table: Tree, text: str) -> None:
    value = _parsed(text)
    if value != table.get(KIND):
        table.clear()
        table[KIND] = value


def _known(record: inspect.StructType, name: str, path: list[str]) -> inspect.Type:
    kind = kind_of(record, name)
    if kind is None:
        raise unknown_field(name, names(record), path, ORIGIN)
    return kind


def _fields_there(kind: inspect.Type) -> tuple[str, ...]:
    return (KIND,) if records(kind) else ()


def _value(text: str, kind: inspect.Type) -> Any:
    value = _parsed(text)
    if isinstance(value, str) and value in records(kind):
        return {KIND: value}
    if value == NOTHING and is_optional(kind):
        return None
    if is_text(kind) and not isinstance(value, str):
        return text
    return value


def _parsed(text: str) -> Any:
    try:
        tree = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return tree["value"] if tree.keys() == {"value"} else text
