"""Says what is wrong with a file that a person wrote: what, where, and what to write instead."""

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from kt_gui.schema.errors import UserError
from kt_gui.schema.fields import KIND, accepts, chosen, form, item, kind_of, names, records
from kt_gui.schema.texts import tr

Tree = dict[str, Any]
R = TypeVar("R", bound=msgspec.Struct)


def record_from(tree: Tree, record: type[R], name: str) -> R:
    """Make a record of plain values, strictly. Raises UserError, calling their origin `name`."""
    check_names(tree, record, name)
    try:
        return msgspec.convert(tree, record)
    except msgspec.ValidationError as error:
        raise explain(error, tree, record, name) from error


def explain_syntax(error: tomllib.TOMLDecodeError, text: str, file: str) -> UserError:
    """Say where the TOML breaks off."""
    found = re.match(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column \d+|end of document)\)", str(error), re.DOTALL)
    what = found["what"] if found else str(error)
    line = int(found["line"]) if found and found["line"] else text.count("\n") + 1
    return UserError(
        tr("The file is not valid TOML: {what} ({file}, line {line}).", what=what, file=file, line=line),
        tr("Mend that line. Texts stand in quotes, tables in [brackets]."),
    )


def check_names(tree: Mapping[str, Any], record: type[msgspec.Struct], file: str) -> None:
    """Check that every field and kind is known, none is missing, and all numbers are finite. Raises UserError."""
    _check_table(tree, form(record), (), file)


def _check_table(table: Mapping[str, Any], record: inspect.StructType, path: tuple[str, ...], file: str) -> None:
    known = names(record)
    for name in table:
        if name not in known:
            raise unknown_field(name, known, path, file)
    for field in record.fields:
        here = (*path, field.encode_name)
        if field.encode_name in table:
            _check_value(table[field.encode_name], field.type, here, file)
        elif field.required:
            raise _missing(here, accepts(field.type), file)


def _check_value(value: object, kind: inspect.Type, path: tuple[str, ...], file: str) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong(value, kind, path, file)
    if isinstance(value, list):
        for place, each in enumerate(value):
            _check_value(each, item(kind), (*path, str(place)), file)
    options = records(kind)
    if not options or not isinstance(value, Mapping):
        return
    below = chosen(kind, value)
    if below is None:
        raise _wrong_kind(value, tuple(options), path, file)
    _check_table(value, below, path, file)


def explain(error: msgspec.ValidationError, tree: object, record: type[msgspec.Struct], file: str) -> UserError:
    """Say which value is wrong, and what is accepted there."""
    found = re.search(r"at `\$\.?(?P<path>[^`]*)`$", str(error))
    path = tuple(part for part in re.split(r"[.\[\]]+", found["path"] if found else "") if part)
    value, kind = _follow(tree, form(record), path)
    return _wrong(value, kind, path, file)


def _follow(value: Any, kind: inspect.Type, path: Sequence[str]) -> tuple[object, inspect.Type]:
    """Go down to the value at a path, and to what its field accepts."""
    for part in path:
        if isinstance(value, list | tuple):
            kind, value = item(kind), value[int(part)]
            continue
        below = chosen(kind, value)
        assert below is not None
        kind, value = kind_of(below, part) or below, value.get(part)
    return value, kind


def unknown_field(name: str, known: Iterable[str], path: Sequence[str], file: str) -> UserError:
    """Say that there is no such field, and which one was perhaps meant."""
    known = tuple(known)
    message = tr("There is no field “{name}” ({file}, {field}).", name=name, file=file, field=_dotted((*path, name)))
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return UserError(message, tr("Did you mean “{name}”?", name=close[0]))
    return UserError(message, tr("Use one of: {names}.", names=", ".join(known)))


def _wrong_kind(table: Mapping[str, Any], kinds: tuple[str, ...], path: tuple[str, ...], file: str) -> UserError:
    if KIND not in table:
        return _missing((*path, KIND), " | ".join(kinds), file)
    value = str(table[KIND])
    message = tr("There is no kind “{kind}” ({file}, {field}).", kind=value, file=file, field=_dotted((*path, KIND)))
    close = difflib.get_close_matches(value, kinds, n=1, cutoff=0.6)
    if close:
        return UserError(message, tr("Did you mean “{name}”?", name=close[0]))
    return UserError(message, tr("Use one of: {names}.", names=", ".join(kinds)))


def _missing(path: tuple[str, ...], accepted: str, file: str) -> UserError:
    return UserError(
        tr("A field is missing ({file}, {field}).", file=file, field=_dotted(path)),
        tr("Write {field} = ... with {accepted}.", field=path[-1], accepted=accepted),
    )


def _wrong(value: object, kind: inspect.Type, path: Sequence[str], file: str) -> UserError:
    return UserError(
        tr("{value} is no use here ({file}, {field}).", value=_shown(value), file=file, field=_dotted(path)),
        tr("Write this instead: {accepted}.", accepted=accepts(kind)),
    )


def _shown(value: object) -> str:
    text = f"“{value}”" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _dotted(path: Sequence[str]) -> str:
    return ".".join(path)
