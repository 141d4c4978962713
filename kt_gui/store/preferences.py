"""Keeps the settings. A broken file never keeps the program from starting: it is set aside, and said."""

import tomllib
from pathlib import Path

import msgspec
import tomli_w

from kt_gui.schema.events import Noticed
from kt_gui.schema.settings import Settings
from kt_gui.schema.texts import Message, mark
from kt_gui.store.files import make_folder, write
from kt_gui.store.folders import Home


def load(home: Home) -> tuple[Settings, Noticed | None]:
    """Read the settings; where their file is broken give the defaults and say so, once."""
    try:
        text = home.settings.read_text(encoding="utf-8")
        return msgspec.convert(tomllib.loads(text), Settings), None
    except FileNotFoundError:
        return Settings(), None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        return Settings(), _notice(home.settings, error)


def save(home: Home, settings: Settings) -> None:
    """Write the settings. Raises UserError."""
    make_folder(home.config)
    chosen = {name: value for name, value in msgspec.to_builtins(settings).items() if value is not None}
    write(home.settings, tomli_w.dumps(chosen).encode())


def _notice(path: Path, error: Exception) -> Noticed:
    kept = path.with_name(f"{path.name}.broken")
    try:
        path.replace(kept)
    except OSError:
        kept = path
    return Noticed(
        level="warning",
        message=Message(
            mark("The settings could not be read ({file}): {reason}. The defaults are used."),
            {"file": str(path), "reason": str(error)},
        ),
        remedy=Message(mark("The old file is kept as {file}."), {"file": str(kept)}),
    )
