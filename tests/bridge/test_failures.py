"""What went wrong, in words: what people can mend is told apart from our own mistakes."""

import errno
import os
from pathlib import Path

import pytest

from kt_gui.bridge.failures import describe
from kt_gui.schema.errors import Lasting, UserError


def raised(deed: object) -> BaseException:
    try:
        deed()  # type: ignore[operator]
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is what the test asks about
        return error
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UserError("no class", "add one"), "no class"),
        (raised(lambda: Path("x" * 5000).exists()), "File name too long"),
        (raised(lambda: Path("/nowhere/at/all").read_bytes()), "/nowhere/at/all: No such file or directory."),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
        (raised(lambda: "caf\udce9".encode()), "“caf?” is no name in UTF-8."),
        (raised(lambda: Path("a\0b").read_bytes()), "null character"),
        (ModuleNotFoundError("No module named 'captum'", name="captum.attr"), "The package captum.attr is missing."),
    ],
)
def test_what_people_can_mend_is_theirs_and_comes_with_a_remedy(error: BaseException, told: str) -> None:
    failure = describe(error)
    assert (failure.kind, told in failure.message) == ("user", True), failure
    assert failure.remedy


def test_what_no_second_try_can_change_is_told_apart() -> None:
    asked = ("came without its data", "open another run")
    assert describe(Lasting(*asked)).is_lasting
    assert not describe(UserError(*asked)).is_lasting


def test_a_missing_package_is_named_as_it_is_installed() -> None:
    assert "pip install captum." in describe(ModuleNotFoundError(name="captum.attr")).remedy


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError(name="kt_gui.engine.gone"),
        ValueError("a shape"),
        OSError("a library's own"),
        raised(lambda: "é".encode("ascii")),
    ],
)
def test_the_rest_is_a_mistake_of_ours(error: BaseException) -> None:
    assert describe(error).kind == "bug"
