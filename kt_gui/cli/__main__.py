"""`python -m kt_gui.cli` is `kt`."""

import sys

from kt_gui.__main__ import terminal

if __name__ == "__main__":
    sys.exit(terminal())
