"""What the window's first frame needs to know of the settings, read without the rest: it stands before they are loaded.

`preferences` reads, checks and keeps them.
"""

from typing import Literal, NamedTuple

from kt_gui.schema.texts import LANGUAGES
from kt_gui.store.folders import Home


class Glance(NamedTuple):
    """Language and look."""

    language: str = "system"
    theme: Literal["system", "light", "dark"] = "system"


def glance(home: Home) -> Glance:
    """Look at the settings; what is not there, or not understood, is as the system has it."""
    if not home.settings.is_file():
        return Glance()
    import tomllib  # only where there is something to read: the first frame waits

    try:
        told = tomllib.loads(home.settings.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return Glance()
    language, theme = told.get("language"), told.get("theme")
    return Glance(
        language if isinstance(language, str) and language in LANGUAGES else "system",
        theme if theme == "light" or theme == "dark" else "system",
    )
