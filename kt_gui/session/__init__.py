"""Joins engine and store. Every function that works is a generator of events; torch is loaded when one begins to work.

The engine is imported inside functions only, so that a window can open, and the terminal answer, before it is there.
"""

from kt_gui.session.examples import example, examples
from kt_gui.session.running import discard, keep_best, resume, run

__all__ = ["discard", "example", "examples", "keep_best", "resume", "run"]
