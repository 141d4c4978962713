"""Texts that people read, in their language: gettext, without Qt, so that the terminal speaks it too.

`tr` translates where a text is shown; `mark` only marks a text that is kept in English (a history, a schema) and is
translated later. The composition roots (`app`, `cli`) choose the language once with `use`.
"""

import gettext
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unicodedata import category, east_asian_width

if TYPE_CHECKING:
    import msgspec

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}

UNSEEN = ("Cc", "Cs", "Zl", "Zp")
"""Letters that a line cannot hold, by Unicode: steering ones, halves of letters, ends of lines and paragraphs."""

Value = str | int | float

_translations: gettext.NullTranslations = gettext.NullTranslations()


def use(translations: gettext.NullTranslations) -> None:
    """Speak with these translations from now on, in the whole process."""
    global _translations
    _translations = translations


def tr(text: str, /, **values: Value) -> str:
    """Translate an English text, then fill in its `{named}` values."""
    translated = _translations.gettext(text) if text else ""
    return translated.format(**values) if values else translated


def trn(one: str, many: str, count: int, /, **values: Value) -> str:
    """Translate a text that depends on a count; `{count}` is filled in with thin thousands."""
    return _translations.ngettext(one, many, count).format(count=thousands(count), **values)


def columns(text: str) -> int:
    """How wide a text is in letters of one width, as on a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def one_line(text: str) -> str:
    """Show what would break a line, or steer a terminal, by its number: a file may be called anything."""
    return "".join(
        letter.encode("unicode_escape").decode() if category(letter) in UNSEEN else letter for letter in text
    )


def listed(parts: Iterable[str]) -> str:
    """Write texts one after another, with the commas of the language between them; empty ones are left out."""
    return tr(", ").join(part for part in parts if part)


def prose(parts: Iterable[str]) -> str:
    """Write sentences one after another, with a space between them, but none after a full stop that is itself as wide
    as both; empty ones are left out.
    """
    written = ""
    for part in filter(None, parts):
        is_wide = not written or east_asian_width(written[-1]) in "WF"
        written += part if is_wide else f" {part}"
    return written


def mark(text: str) -> str:
    """Mark an English text for translation without translating it now."""
    return text


def thousands(count: int) -> str:
    """Write a count as `1 204`, with a no-break space between the thousands."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def about(
    title: str,
    description: str = "",
    *,
    unit: str = "",
    start: float | None = None,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
) -> "msgspec.Meta":
    """Describe a field of a record: what forms, help texts and the terminal's help say of it, and its bounds.

    `start` is what an optional number begins with when a person switches it on.
    """
    import msgspec  # here: the window's first frame speaks, and describes no field

    said = {"unit": unit, "start": start}
    extra = {name: value for name, value in said.items() if value not in ("", None)}
    return msgspec.Meta(  # type: ignore[call-overload,no-any-return,misc]  # overloads want only set bounds
        title=title, description=description, ge=ge, gt=gt, le=le, lt=lt, extra=extra or None
    )


@dataclass(frozen=True)
class Message:
    """A text in English with its values, translated only where it is shown, so that a history speaks any language."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return tr(self.text, **self.values)
