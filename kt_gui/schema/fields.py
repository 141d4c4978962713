"""The fields of a record as a person writes them in a file: their paths, what they accept, what they mean.

Read from the records' own annotations; nothing about a field is said twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from kt_gui.schema.quantities import number
from kt_gui.schema.texts import tr

KIND = "kind"


@dataclass(frozen=True)
class Field:
    """One line of help: where it stands, what it accepts, its default as TOML writes it, its unit, its meaning."""

    path: str
    accepts: str
    default: str
    unit: str
    title: str
    description: str


@cache
def form(record: type[msgspec.Struct]) -> inspect.StructType:
    """Give the inspected form of a record."""
    found = inspect.type_info(record)
    assert isinstance(found, inspect.StructType)
    return found


def bare(kind: inspect.Type) -> inspect.Type:
    """Take off what only describes."""
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def members(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """Give what a field may hold, one entry an alternative."""
    plain = bare(kind)
    return tuple(bare(each) for each in plain.types) if isinstance(plain, inspect.UnionType) else (plain,)


def records(kind: inspect.Type) -> dict[str, inspect.StructType]:
    """Give the records a field may hold by their kind; one without a kind by the empty string."""
    found = (each for each in members(kind) if isinstance(each, inspect.StructType))
    return {str(each.tag or ""): each for each in found}


def names(record: inspect.StructType) -> tuple[str, ...]:
    """Name the fields of a record as a file does."""
    kind = (record.tag_field,) if record.tag_field else ()
    return (*kind, *(field.encode_name for field in record.fields))


def chosen(kind: inspect.Type, value: object) -> inspect.StructType | None:
    """Tell which record a table in a file stands for; None where it is none, or its kind is unknown."""
    options = records(kind)
    if "" in options or not isinstance(value, Mapping):
        return options.get("")
    return options.get(str(value.get(KIND)))


def kind_of(record: inspect.StructType, name: str) -> inspect.Type | None:
    """Give what a field of a record holds; None where there is no such field."""
    return next((field.type for field in record.fields if field.encode_name == name), None)


def item(kind: inspect.Type) -> inspect.Type:
    """Give what each item of a list holds; the kind itself where it is no list."""
    return next((each.item_type for each in members(kind) if isinstance(each, inspect.VarTupleType)), kind)


def is_optional(kind: inspect.Type) -> bool:
    """Whether the field may be left empty."""
    return any(isinstance(each, inspect.NoneType) for each in members(kind))


def is_text(kind: inspect.Type) -> bool:
    """Whether the field holds text of any kind."""
    return any(isinstance(each, inspect.StrType) for each in members(kind))


def accepts(kind: inspect.Type) -> str:
    """Say in plain words what a field accepts."""
    options = records(kind)
    if options:
        return tr("a table") if "" in options else tr("kind = {kinds}", kinds=" | ".join(options))
    return _plain(next(each for each in members(kind) if not isinstance(each, inspect.NoneType)))


def _plain(kind: inspect.Type) -> str:
    match kind:
        case inspect.IntType():
            return tr("a whole number {bounds}", bounds=_bounds(kind)).strip()
        case inspect.FloatType():
            return tr("a number {bounds}", bounds=_bounds(kind)).strip()
        case inspect.BoolType():
            return tr("true or false")
        case inspect.LiteralType():
            return " | ".join(str(value) for value in kind.values)
        case inspect.VarTupleType(item_type=each):
            return tr("a list of texts") if is_text(each) else tr("a list, each {item}", item=accepts(each))
        case _:
            return tr("text")


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    signs = (("≥", kind.ge), (">", kind.gt), ("≤", kind.le), ("<", kind.lt))
    return ", ".join(f"{sign} {_bound(bound)}" for sign, bound in signs if bound is not None)


def _bound(value: float) -> str:
    return str(value) if isinstance(value, int) else number(value)


def every(record: inspect.StructType, prefix: str = "") -> Iterator[Field]:
    """List all fields below a record, depth first; of a choice, those of each kind."""
    for field in record.fields:
        path = f"{prefix}{field.encode_name}"
        yield _described(path, field)
        for kind, below in records(field.type).items():
            yield from every(below, f"{path}({kind})." if kind else f"{path}.")


def _described(path: str, field: inspect.Field) -> Field:
    about, unit = _about(field.type)
    title, description = about.get("title", ""), about.get("description", "")
    return Field(path, accepts(field.type), _default(field), unit, tr(title), tr(description))


def _about(kind: inspect.Type) -> tuple[dict[str, Any], str]:
    options = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    for each in options:
        if isinstance(each, inspect.Metadata):
            return each.extra_json_schema or {}, (each.extra or {}).get("unit", "")
    return {}, ""


def title_and_unit(kind: inspect.Type) -> tuple[str, str]:
    """Give a field's title, in English, and its unit; empty where it has none."""
    about, unit = _about(kind)
    return about.get("title", ""), unit


def _default(field: inspect.Field) -> str:
    value = field.default
    if field.required or value is msgspec.NODEFAULT or value is None:
        return ""
    if isinstance(value, msgspec.Struct):
        return str(msgspec.to_builtins(value).get(KIND, ""))
    return msgspec.json.encode(value).decode()
