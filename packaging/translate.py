"""Gather every text people read, keep the translations in step with the code, and compile them.

    python packaging/translate.py            update resources/translations/*/LC_MESSAGES/kt_gui.po, compile them
    python packaging/translate.py --check    change nothing; say what is missing, stale or broken

Needs Babel (in the test extra). Texts are the arguments of tr, trn and mark, and the first line of each record of the
schema.
"""

import argparse
import ast
import gettext
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "resources" / "translations"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"tr": None, "mark": None, "trn": (1, 2)}
Source = str | tuple[str, ...] | list[str]
PLACE = re.compile(r"\{(\w*)")
GENERATOR = re.compile(rb'"Generated-By: [^"]*"\n')
"""The version of Babel, which is no part of a translation."""


def gather(language: str) -> Catalog:
    """All texts of the program with the files they stand in, not translated yet."""
    team = "Knowledge Transfer"
    catalog = Catalog(
        language,
        project="kt_gui",
        last_translator=team,
        language_team=team,
        msgid_bugs_address=team,
        charset="utf-8",
        fuzzy=False,
    )
    catalog.header_comment = "# Translations of Knowledge Transfer, under the licence of the program."
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    for file, _line, text, _comments, _context in extract_from_dir(ROOT / "kt_gui", keywords=KEYWORDS):
        catalog.add(text, locations=[(f"kt_gui/{file}", 0)])
    for text in first_lines():
        catalog.add(text, locations=[("kt_gui/schema", 0)])
    return catalog


def first_lines() -> Iterator[str]:
    """The first docstring line of every choice: forms and the terminal show it as its title or help."""
    sys.path.insert(0, str(ROOT))
    from kt_gui.schema import choices, datasets, experiment, tuning

    for module in (choices, datasets, experiment, tuning):
        for record in vars(module).values():
            if isinstance(record, type) and issubclass(record, choices.Record) and record.__doc__:
                yield record.__doc__.strip().splitlines()[0]


def updated(po: Path) -> Catalog:
    """The translations of one language, with the code's present texts; what is gone is dropped."""
    language = po.parent.parent.name
    catalog = gather(language)
    with po.open("rb") as file:
        known = read_po(file, locale=language)
    for message in catalog:
        if message.id and (found := known.get(message.id)):
            message.string = found.string
    return catalog


def as_po(catalog: Catalog) -> bytes:
    written = io.BytesIO()
    write_po(written, catalog, width=120, sort_output=True, include_lineno=False)
    return GENERATOR.sub(b"", written.getvalue())


def as_mo(catalog: Catalog) -> bytes:
    written = io.BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def is_compiled(catalog: Catalog, mo: Path) -> bool:
    """Whether a compiled catalogue says what the catalogue says."""
    if not mo.is_file():
        return False
    with mo.open("rb") as file:
        spoken = gettext.GNUTranslations(file)
    return all(heard(spoken, each.id) == last(each.string) for each in catalog if each.id and last(each.string))


def heard(spoken: gettext.NullTranslations, source: Source) -> str:
    """What a text, or one that depends on a count, becomes."""
    return spoken.gettext(source) if isinstance(source, str) else spoken.ngettext(source[0], source[-1], 2)


def last(texts: Source | None) -> str:
    """A text, or the last of its plural forms."""
    return texts if isinstance(texts, str) else (texts or ("",))[-1]


def hidden() -> Iterator[str]:
    """Texts inside f-strings, where they are not gathered: before Python 3.12 such a string is one token."""
    for path in sorted((ROOT / "kt_gui").rglob("*.py")):
        written = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.JoinedStr))
        calls = (call for node in written for call in ast.walk(node) if isinstance(call, ast.Call))
        for call in calls:
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            if name in KEYWORDS and call.args and isinstance(call.args[0], ast.Constant):
                yield f"{path.relative_to(ROOT)}:{call.lineno}: take {name}({call.args[0].value!r}) out of the f-string"


def problems(po: Path) -> Iterator[str]:
    """What keeps a language from being whole: untranslated texts, lost placeholders, files behind the code."""
    catalog = updated(po)
    if as_po(catalog) != po.read_bytes():
        yield f"{po.name} of {catalog.locale} is behind the code: run python packaging/translate.py"
    if not is_compiled(catalog, po.with_suffix(".mo")):
        yield f"{po.with_suffix('.mo').name} of {catalog.locale} is behind {po.name}: run python packaging/translate.py"
    for message in catalog:
        if not message.id:
            continue
        source = last(message.id)
        for translation in (message.string,) if isinstance(message.string, str) else message.string or ("",):
            if not translation:
                yield f"not translated to {catalog.locale}: {source!r}"
            elif set(PLACE.findall(translation)) != set(PLACE.findall(source)):
                yield f"placeholders differ in {catalog.locale}: {source!r}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    languages = sorted(TRANSLATIONS.glob("*/LC_MESSAGES/kt_gui.po"))
    if not check:
        for po in languages:
            catalog = updated(po)
            po.write_bytes(as_po(catalog))
            po.with_suffix(".mo").write_bytes(as_mo(catalog))
    found = [*hidden(), *(problem for po in languages for problem in problems(po))]
    print("\n".join(found) or "all texts are translated")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
