"""The second front end: the same events as text or JSON lines. Runs where Qt cannot even be imported.

Exit codes: 0; 2 with one line `error: what (file, field) - remedy`; 130 when interrupted, after the state was kept; 1
for a bug, with a report.
"""

import io
import os
import sys
from collections.abc import Sequence

from kt_gui.bridge.failures import describe
from kt_gui.cli import arguments
from kt_gui.cli.following import FINE, INTERRUPTED, MENDABLE
from kt_gui.cli.together import check_together
from kt_gui.cluster import torchrun
from kt_gui.schema.texts import one_line
from kt_gui.store import preferences
from kt_gui.store.folders import home
from kt_gui.store.translations import speak

BUG = 1


def main(words: Sequence[str]) -> int:
    """Do what is asked; return the exit code."""
    _accept_all_letters(json="--json" in words)
    speak(preferences.load(home())[0].language)
    try:
        asked = arguments.build().parse_args(words)
        check_together(asked)
        if not torchrun.is_first():
            return FINE if torchrun.join(home()) else MENDABLE
        code: int = asked.call(asked)
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read along has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception as error:  # noqa: BLE001 - the last one to catch: everything is put into words
        return _explain(error)


def _accept_all_letters(*, json: bool) -> None:
    """What a narrow console cannot show is written as its number, rather than end the program; JSON is UTF-8."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8" if json else None, errors="backslashreplace")


def _explain(error: Exception) -> int:
    failure = describe(error)
    if failure.kind == "bug":
        sys.stderr.write(f"{failure.report}\n\n{failure.message} {failure.remedy}\n")
        return BUG
    sys.stderr.write(f"error: {one_line(failure.message)} - {failure.remedy}\n")
    return MENDABLE
