"""Joins engine and store. Every function that works is a generator of events; torch is loaded when one begins to work.

The engine is imported inside functions only, so that a window can open, and the terminal answer, before it is there.
What is done with a finished run is loaded when it is first asked for: the start page would stand a fifth later.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from kt_gui.session.catalogue import fetch_data, fetch_model, list_datasets, list_models
from kt_gui.session.examples import example, examples
from kt_gui.session.looking import preview, survey
from kt_gui.session.rehearsal import describe, rehearse
from kt_gui.session.running import discard, keep_best, resume, run

if TYPE_CHECKING:
    from kt_gui.session.advising import advise
    from kt_gui.session.album import file_of, thumbnails
    from kt_gui.session.changing import changes
    from kt_gui.session.comparing import compare, contrast, match
    from kt_gui.session.correcting import Wishes, add, correct, correct_named, said_of
    from kt_gui.session.diagnosing import diagnose
    from kt_gui.session.embedding import embed, tabulate_map
    from kt_gui.session.evaluating import evaluate, tabulate
    from kt_gui.session.explaining import explain
    from kt_gui.session.exporting import export
    from kt_gui.session.foreseeing import foresee_study
    from kt_gui.session.helping import known_gain
    from kt_gui.session.joining import join
    from kt_gui.session.mapping import domains, tabulate_domains
    from kt_gui.session.offering import offer, offer_named, usual
    from kt_gui.session.predicting import enlarge, explain_given, predict, tabulate_predictions
    from kt_gui.session.proving import verify
    from kt_gui.session.ranking import rank
    from kt_gui.session.rate_finding import find_rate
    from kt_gui.session.recalling import forgetting
    from kt_gui.session.reproducing import reproduce
    from kt_gui.session.searching import learner_named, leave_out, overlap
    from kt_gui.session.studying import resume_study, study
    from kt_gui.session.suspecting import suspects, tabulate_suspects
    from kt_gui.session.taken import known_exports
    from kt_gui.session.writing_back import write_back

__all__ = [
    "Wishes",
    "add",
    "advise",
    "changes",
    "compare",
    "contrast",
    "correct",
    "correct_named",
    "describe",
    "diagnose",
    "discard",
    "domains",
    "embed",
    "enlarge",
    "evaluate",
    "example",
    "examples",
    "explain",
    "explain_given",
    "export",
    "fetch_data",
    "fetch_model",
    "file_of",
    "find_rate",
    "foresee_study",
    "forgetting",
    "join",
    "keep_best",
    "known_exports",
    "known_gain",
    "learner_named",
    "leave_out",
    "list_datasets",
    "list_models",
    "match",
    "offer",
    "offer_named",
    "overlap",
    "predict",
    "preview",
    "rank",
    "rehearse",
    "reproduce",
    "resume",
    "resume_study",
    "run",
    "said_of",
    "study",
    "survey",
    "suspects",
    "tabulate",
    "tabulate_domains",
    "tabulate_map",
    "tabulate_predictions",
    "tabulate_suspects",
    "thumbnails",
    "usual",
    "verify",
    "write_back",
]

_LATER = {
    "advising": ("advise",),
    "album": ("file_of", "thumbnails"),
    "changing": ("changes",),
    "comparing": ("compare", "contrast", "match"),
    "correcting": ("Wishes", "add", "correct", "correct_named", "said_of"),
    "diagnosing": ("diagnose",),
    "embedding": ("embed", "tabulate_map"),
    "evaluating": ("evaluate", "tabulate"),
    "explaining": ("explain",),
    "exporting": ("export",),
    "mapping": ("domains", "tabulate_domains"),
    "offering": ("offer", "offer_named", "usual"),
    "predicting": ("enlarge", "explain_given", "predict", "tabulate_predictions"),
    "proving": ("verify",),
    "ranking": ("rank",),
    "rate_finding": ("find_rate",),
    "recalling": ("forgetting",),
    "reproducing": ("reproduce",),
    "foreseeing": ("foresee_study",),
    "helping": ("known_gain",),
    "joining": ("join",),
    "searching": ("learner_named", "leave_out", "overlap"),
    "studying": ("resume_study", "study"),
    "suspecting": ("suspects", "tabulate_suspects"),
    "taken": ("known_exports",),
    "writing_back": ("write_back",),
}
"""What the modules that are loaded later give."""

if not TYPE_CHECKING:  # the type checker would take any name for granted

    def __getattr__(name: str) -> object:
        """Load what is asked for."""
        for module, names in _LATER.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
