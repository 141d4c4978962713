"""`python -m kt_gui` tells the terminal's commands from files to open in the window."""

from kt_gui import __main__, cli


def test_every_command_of_the_terminal_is_known() -> None:
    assert set(__main__.COMMANDS) == set(cli._COMMANDS)
