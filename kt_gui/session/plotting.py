"""Keeps a plotting library quiet that comes along with captum and is never used: said before captum is loaded.

Left to itself matplotlib writes a list of fonts into the user's folders, looks for a screen, and where it may not
write says so on the terminal.
"""

import logging
import os

from kt_gui.store.folders import Home

NAME = "matplotlib"


def settle(home: Home) -> None:
    """Let it keep to the program's own cache, draw on no screen, and say only what is an error."""
    os.environ.setdefault("MPLCONFIGDIR", str(home.cache / NAME))
    os.environ["MPLBACKEND"] = "Agg"
    logging.getLogger(NAME).setLevel(logging.ERROR)
