"""Starts the window (`kt-gui`, `python -m kt_gui`) or the terminal (`kt`)."""

import os
import sys

from kt_gui import waiting

waiting.settle()  # before anything loads torch

INTERRUPTED = 130
QUIET = ("-h", "--help", "--version")


def main() -> int:
    """Open the window, or do one of the terminal's commands."""
    return terminal() if _is_command(sys.argv[1:2]) else window()


def terminal() -> int:
    """Do what is asked in the terminal; return the exit code."""
    _support_freezing()
    try:
        from kt_gui import cli

        return cli.main(sys.argv[1:])
    except KeyboardInterrupt:  # while the program itself was still being read
        return INTERRUPTED


def window() -> int:
    """Open the window; where Qt cannot start, say why before it aborts. Return the exit code."""
    _support_freezing()
    if "--screenshot" in sys.argv or any(option in sys.argv for option in QUIET):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from kt_gui.preflight import find_obstacles
    from kt_gui.store.folders import home
    from kt_gui.store.glance import glance
    from kt_gui.store.translations import speak

    speak(glance(home()).language)
    obstacles = find_obstacles()
    if obstacles:
        _say("\n".join(f"error: {obstacle}" for obstacle in obstacles))
        return 2
    from kt_gui import app

    return app.main(sys.argv[1:])


def _is_command(words: list[str]) -> bool:
    """Tell a command from a file to open; the terminal alone knows what can be asked of it."""
    if not words or words[0].startswith("-"):
        return False
    from kt_gui.cli.arguments import names

    return words[0] in names()


def _support_freezing() -> None:
    """Let a bundle's own program serve as a worker process; elsewhere save the time the import takes."""
    if getattr(sys, "frozen", False):
        import multiprocessing

        multiprocessing.freeze_support()


def _say(text: str) -> None:
    """Tell a person, also where the program has no console (kt-gui under Windows)."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
    elif sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, text, "Knowledge Transfer", 0x10)


if __name__ == "__main__":
    sys.exit(main())
