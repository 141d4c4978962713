"""What the bundle starts: the terminal's program where it is called `kt`, else the window's."""

import sys
from pathlib import Path

if __name__ == "__main__":
    from kt_gui.__main__ import terminal, window

    sys.exit(terminal() if Path(sys.argv[0]).name == "kt" else window())
