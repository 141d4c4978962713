"""What went wrong in work, as text alone: a kept traceback would keep the model and its memory alive."""

import platform
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kt_gui.schema.errors import Lasting, UserError
from kt_gui.schema.texts import tr

Kind = Literal["user", "memory", "bug"]

_MEMORY_CLASSES = {"MemoryError", "OutOfMemoryError"}
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")
LONE = "surrogates not allowed"
"""Why Python cannot write a name that is no UTF-8; it reads it so that the file can be opened all the same."""
_PACKAGES = ("kt-gui", "torch", "torchvision", "timm", "PySide6-Essentials", "numpy")


@dataclass(frozen=True)
class Failure:
    """An exception in words: `user` is for people to mend, `memory` asks for less, `bug` is ours."""

    kind: Kind
    message: str
    remedy: str
    report: str
    is_lasting: bool = False
    """Whether a second try is sure to end the same way."""


def describe(error: BaseException) -> Failure:
    """Put an exception into words and let go of it."""
    report = "\n".join(_report(error))
    match error:
        case UserError():
            return Failure("user", error.message, error.remedy, report, isinstance(error, Lasting))
        case _ if _is_memory(error):
            return Failure(
                "memory",
                tr("The memory of this device does not hold a batch of this size."),
                tr("Take each batch in more parts (accumulation), choose smaller pictures, or close other programs."),
                report,
            )
        case OSError() if error.errno is not None:
            return Failure("user", _refused(error), tr("Check the name, the rights and the room on the disk."), report)
        case ModuleNotFoundError(name=str(name)) if not name.startswith("kt_gui"):
            return Failure("user", tr("The package {name} is missing.", name=name), _install(name), report)
        case UnicodeEncodeError() if error.reason == LONE:
            return Failure("user", _nameless(error), tr("Rename it, so that its name is text in UTF-8."), report)
        case ValueError() if "null byte" in str(error):
            return Failure("user", tr("A name holds a null character."), tr("Write the name without it."), report)
    return Failure(
        "bug",
        tr("The program made a mistake. Your data and your runs are safe."),
        tr("Copy the report and send it to the developers."),
        report,
    )


def _refused(error: OSError) -> str:
    """What the system says no to, and why: the disk, a name, a right."""
    reason = error.strerror or str(error)
    if error.filename is None:
        return tr("The system refuses: {reason}.", reason=reason)
    return tr("{file}: {reason}.", file=str(error.filename), reason=reason)


def _install(name: str) -> str:
    package = name.partition(".")[0]
    return tr("Install it: pip install {package}. kt doctor lists what else is missing.", package=package)


def _nameless(error: UnicodeEncodeError) -> str:
    return tr("“{name}” is no name in UTF-8.", name=str(error.object).encode("utf-8", "replace").decode())


def _is_memory(error: BaseException) -> bool:
    """Tell by name, so that torch need not be imported; its CPU allocator raises a plain RuntimeError."""
    if any(each.__name__ in _MEMORY_CLASSES for each in type(error).__mro__):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in _MEMORY_WORDS)


def _report(error: BaseException) -> Iterator[str]:
    from importlib.metadata import PackageNotFoundError, version  # here: slow to import, and seldom needed

    yield f"Python {platform.python_version()}, {platform.platform()}"
    for package in _PACKAGES:
        try:
            yield f"{package} {version(package)}"
        except PackageNotFoundError:
            yield f"{package} -"
    yield ""
    yield "".join(traceback.format_exception(error)).rstrip()
