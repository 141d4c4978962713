"""Measures the app beside what a person would use instead, and prints the tables.

    python -m benchmarks [NAME...] [--runs N] [--list]

Each measurement is a module of this folder that can be read and run on its own; here each gets a process of its own.
What it compares with must be installed (`benchmarks/peers.txt`); what is not is left out, and the table says so.
"""

import argparse
import ast
import sys
import traceback
from pathlib import Path

from benchmarks.measuring import UnavailableError, apart, measure, surroundings, table

NAMES = (
    "head_only",
    "full_training",
    "photos",
    "last_blocks",
    "probes",
    "streaming_memory",
    "first_frame",
    "watching",
    "opening",
    "evaluating",
    "first_builds",
    "ways",
)
HERE = Path(__file__).parent


def present() -> list[str]:
    """Name the measurements that are here."""
    return [name for name in NAMES if (HERE / f"{name}.py").exists()]


def subject(name: str) -> str:
    """The first line of what a measurement says of itself."""
    module = ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(module) or "").partition("\n")[0]


def told(name: str, runs: int) -> str | None:
    """The table of a measurement; None where it failed."""
    try:
        return table(apart(measure, name, runs, as_app=True))
    except UnavailableError as reason:
        return f"### {name}\n\nLeft out: {reason}"
    except Exception:  # noqa: BLE001  # the others are still to be measured
        traceback.print_exc()
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--list", action="store_true", help="name the measurements")
    asked = parser.parse_args()
    if asked.list:
        print("\n".join(f"{name:18}{subject(name)}" for name in present()))
        return 0
    unknown = set(asked.names) - set(present())
    if unknown:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; --list names them")
    print(surroundings(), flush=True)
    failed = []
    for name in asked.names or present():
        print(name, file=sys.stderr, flush=True)
        text = told(name, asked.runs)
        print(f"\n{text or f'### {name}: failed'}", flush=True)
        failed += [] if text else [name]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
