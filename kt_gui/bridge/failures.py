"""What went wrong in work, as text alone: a kept traceback would keep the model and its memory alive."""

import platform
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

Kind = Literal["user", "memory", "bug"]

_MEMORY_CLASSES = {"MemoryError", "OutOfMemoryError"}
_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")
_PACKAGES = ("kt-gui", "torch", "torchvision", "timm", "PySide6-Essentials", "numpy")


@dataclass(frozen=True)
class Failure:
    """An exception in words: `user` is for people to mend, `memory` asks for less, `bug` is ours."""

    kind: Kind
    message: str
    remedy: str
    report: str


def describe(error: BaseException) -> Failure:
    """Put an exception into words and let go of it."""
    report = "\n".join(_report(error))
    if isinstance(error, UserError):
        return Failure("user", error.message, error.remedy, report)
    if _is_memory(error):
        return Failure(
            "memory",
            tr("The memory of this device does not hold a batch of this size."),
            tr("Take each batch in more parts (accumulation), choose smaller pictures, or close other programs."),
            report,
        )
    return Failure(
        "bug",
        tr("The program made a mistake. Your data and your runs are safe."),
        tr("Copy the report and send it to the developers."),
        report,
    )


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
