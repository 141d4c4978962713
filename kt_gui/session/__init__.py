"""Joins engine and store. Every function that works is a generator of events; torch is loaded when one begins to work.

The engine is imported inside functions only, so that a window can open, and the terminal answer, before it is there.
"""

from kt_gui.session.album import file_of, thumbnails
from kt_gui.session.catalogue import fetch_data, fetch_model, list_datasets, list_models
from kt_gui.session.changing import changes
from kt_gui.session.comparing import compare, contrast, match
from kt_gui.session.evaluating import evaluate, tabulate
from kt_gui.session.examples import example, examples
from kt_gui.session.looking import preview, survey
from kt_gui.session.proving import verify
from kt_gui.session.recalling import forgetting
from kt_gui.session.rehearsal import describe, rehearse
from kt_gui.session.reproducing import reproduce
from kt_gui.session.running import discard, keep_best, resume, run

__all__ = [
    "changes",
    "compare",
    "contrast",
    "describe",
    "discard",
    "evaluate",
    "example",
    "examples",
    "fetch_data",
    "fetch_model",
    "file_of",
    "forgetting",
    "keep_best",
    "list_datasets",
    "list_models",
    "match",
    "preview",
    "rehearse",
    "reproduce",
    "resume",
    "run",
    "survey",
    "tabulate",
    "thumbnails",
    "verify",
]
