"""What a record's type says of its fields: titles, help, units, bounds, choices. Forms are made of this."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from inspect import getdoc
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import inspect

from kt_gui.schema.choices import Record


@dataclass(frozen=True)
class RecordField:
    """One field. Texts are English, to be translated where they are shown."""

    name: str
    title: str
    description: str
    unit: str
    type: inspect.Type
    """Without None and without what is said about it."""
    is_optional: bool
    values: tuple[str, ...]
    """What a Literal allows, in the order in which it is declared."""
    start: float | None
    """What an optional number begins with when it is switched on."""


@lru_cache(maxsize=64)
def fields(record: type[Record]) -> tuple[RecordField, ...]:
    """List a record's fields in the order in which they are declared."""
    described = inspect.type_info(record)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{record.__name__} is no record")
    hints = get_type_hints(record, include_extras=True)
    return tuple(_field(field, hints[field.name]) for field in described.fields)


def kinds(field: RecordField) -> tuple[type[Record], ...]:
    """List the records a field may hold; none for a field that holds a plain value."""
    types = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    structs = (each.cls for each in types if isinstance(each, inspect.StructType))
    return tuple(each for each in structs if issubclass(each, Record))


def tag(record: Record | type[Record]) -> str:
    """Tell which kind a record is, as the experiment file names it; empty for one that is no choice."""
    name = record.__struct_config__.tag
    return name if isinstance(name, str) else ""


def first_sentence(record: type[Record]) -> str:
    """Give the first line of the record's docstring: what it is."""
    return (getdoc(record) or "").partition("\n")[0]


def _field(field: inspect.Field, hint: object) -> RecordField:
    outer, said = _said(field.type, {})
    types = outer.types if isinstance(outer, inspect.UnionType) else (outer,)
    rest = tuple(each for each in types if not isinstance(each, inspect.NoneType))
    inner, said = _said(rest[0], said) if len(rest) == 1 else (inspect.UnionType(rest), said)
    return RecordField(
        name=field.name,
        title=str(said.get("title", field.name)),
        description=str(said.get("description", "")),
        unit=str(said.get("unit", "")),
        type=inner,
        is_optional=len(rest) < len(types),
        values=tuple(_literals(hint)),
        start=said.get("start"),
    )


def _said(kind: inspect.Type, said: dict[str, Any]) -> tuple[inspect.Type, dict[str, Any]]:
    if not isinstance(kind, inspect.Metadata):
        return kind, said
    return kind.type, said | (kind.extra_json_schema or {}) | (kind.extra or {})


def _literals(hint: object) -> Iterator[str]:
    for argument in get_args(hint):
        if get_origin(hint) is Literal:
            yield str(argument)
        elif not isinstance(argument, msgspec.Meta):
            yield from _literals(argument)
