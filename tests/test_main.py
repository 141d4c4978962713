"""`python -m kt_gui` tells the terminal's commands from files to open in the window."""

import argparse
import subprocess
import sys

import pytest

from kt_gui import __main__
from kt_gui.cli import arguments


@pytest.mark.parametrize("words", [["runs"], ["doctor", "--json"], ["reproduce", "--help"]])
def test_a_command_goes_to_the_terminal(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _front_end(words, monkeypatch) == "terminal"


@pytest.mark.parametrize("words", [[], ["--version"], ["mine.toml"], ["runs/2026-01-01-emoji-1"], ["runs.toml"]])
def test_all_else_goes_to_the_window(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _front_end(words, monkeypatch) == "window"


def test_every_command_says_which_function_is_called() -> None:
    parser = arguments.build()
    chosen = next(each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    assert set(chosen.choices) == arguments.names()
    assert [name for name, each in chosen.choices.items() if not callable(each.get_default("call"))] == []


def test_the_program_starts_without_reading_its_commands() -> None:
    script = "import sys, kt_gui.__main__; print([name for name in ('kt_gui.cli', 'torch') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _front_end(words: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """Say which of the two is begun."""
    begun: list[str] = []
    monkeypatch.setattr(sys, "argv", ["kt_gui", *words])
    for name in ("terminal", "window"):
        monkeypatch.setattr(__main__, name, lambda name=name: begun.append(name) or 0)
    __main__.main()
    return begun[0]
