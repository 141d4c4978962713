"""Invented diagnoses: for pictures of pages, and for their tests. Nothing here was measured."""

from kt_gui import samples
from kt_gui.schema.diagnoses import Diagnosed
from kt_gui.schema.events import EpochEnded
from kt_gui.studies.course import Course, Doubts
from kt_gui.studies.diagnosis import diagnose

FOLDER = "/runs/emoji"


def diagnosed() -> Diagnosed:
    """What is said of the invented run: its validation loss rises a little, which is not worth a word."""
    return Diagnosed(run=FOLDER, diagnosis=diagnose(_course()))


def doubted() -> Diagnosed:
    """The same run, after a look at its labels that found many of them wrong."""
    return Diagnosed(run=FOLDER, diagnosis=diagnose(_course(Doubts(labels=171, judged=628, against=180, firm=90))))


def run_away() -> Diagnosed:
    """A run whose loss was no number any more."""
    return Diagnosed(run=FOLDER, diagnosis=diagnose(_course(has_run_away=True)))


def _course(doubts: Doubts | None = None, *, has_run_away: bool = False) -> Course:
    told = [event for event in samples.finished() if isinstance(event, EpochEnded) and event.phase == "finetuning"]
    return Course(
        experiment=samples.EXPERIMENT,
        epochs=told,
        classes=len(samples.CLASSES),
        blocks=[name for name, _ in samples.BLOCKS],
        steps_per_epoch=samples.STEPS,
        judges=84,
        has_run_away=has_run_away,
        doubts=doubts,
    )
